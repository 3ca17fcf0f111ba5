import { connect, createParts, type Parts, type ZohoClient } from '../create-zoho-client.ts';
import { isReportedKind, kindOfReported } from '../reported-answer.ts';
import { checkArgument, checkOption, OBJECT, type Rule } from '../rules.ts';
import { CONNECTION, checkOptions, type ZohoClientOptions } from '../zoho-client-options.ts';
import { createClientPool } from './client-pool.ts';
import { countTogether } from './fleet-metrics.ts';
import { rememberAnswers } from './remembered-answers.ts';
import { createRejectionMemories } from './remembered-rejections.ts';
import { rememberTokens } from './remembered-tokens.ts';

/**
 * Options of {@link createZohoClients}: those of a client, for all connections.
 *
 * @example
 * const options: ZohoClientsOptions = { maxConnections: 5_000, metrics: 'cloudwatch' };
 */
export interface ZohoClientsOptions extends Omit<ZohoClientOptions, 'connection' | 'tokenSecretArn'> {
  /**
   * So many connections have their token in memory. When there are more, the token of the one that has not been used for the longest time is
   * dropped, and read again at its next call. Calls in progress are finished first.
   *
   * @default 1000
   */
  readonly maxConnections?: number;
}

/**
 * The connections of one process, with one SDK client for all of them.
 *
 * @example
 * const response = await clients.for('tenant-42').fetch('/crm/v8/Leads?fields=Last_Name');
 */
export interface ZohoClients extends Pick<ZohoClient, 'flush' | 'droppedCalls'> {
  /**
   * The client of a connection. It makes no request, and may be kept or created for each call. Whether the connection exists is known at
   * the first call. Throws {@link ZohoClientError} (`invalid_argument`) for what cannot be a connection's name.
   *
   * @example
   * const { accessToken } = await clients.for('tenant-42').getAccessToken();
   */
  for(connection: string): ZohoConnectionClient;
}

/** A {@link ZohoClient} of one of many connections. */
export type ZohoConnectionClient = Pick<
  ZohoClient,
  'getAccessToken' | 'fetch' | 'reportRejected' | 'reportAccepted'
>;

/**
 * Creates clients for any number of connections of one deployment: a platform with a connection per tenant. Create it once, outside
 * the handler. Throws {@link ZohoClientError} with the code `invalid_options`.
 *
 * @example
 * const clients = createZohoClients({ maxConnections: 5_000 });
 *
 * export async function handler({ tenant }: { tenant: string }) {
 *   const response = await clients.for(`tenant-${tenant}`).fetch('/crm/v8/Leads?fields=Last_Name');
 *   return await response.json();
 * }
 */
export function createZohoClients(options: ZohoClientsOptions = {}): ZohoClients {
  checkOption('The options', OBJECT, options);
  const { maxConnections = 1000, ...common } = options;
  checkOption('maxConnections', MAX_CONNECTIONS, maxConnections);
  for (const name of ['connection', 'tokenSecretArn'])
    checkOption(name, OF_ONE_CONNECTION, (options as Record<string, unknown>)[name]);
  const optionsOf = (connection: string) => checkOptions({ ...common, connection });
  const checked = optionsOf('any');
  const parts = createParts(checked);
  const shared = {
    ...parts,
    metrics: countTogether(parts.metrics, checked.secretPrefix, checked.metrics),
    ask: parts.ask && rememberAnswers(parts.ask, parts.time),
  };
  const memoryOf = createRejectionMemories();
  const tokens = rememberTokens(maxConnections, parts.time);
  const pool = createClientPool(Math.min(maxConnections, MAX_CLIENTS), (connection) => {
    const readerOf: Parts['readerOf'] = (name, secretId) =>
      tokens.readerOf(name, parts.readerOf(name, secretId));
    return connect(optionsOf(connection), { ...shared, readerOf }, memoryOf(connection));
  });
  const use = <T>(connection: string, work: (client: ZohoClient) => Promise<T>): Promise<T> => {
    tokens.touch(connection);
    return pool.use(connection, work);
  };

  /** A call of a connection whose token is not in memory any more: whether it has a metric of its own is not known. */
  const countAccepted = (connection: string, url: string | URL | undefined): void => {
    const source = { secretPrefix: checked.secretPrefix, connection, hasOwnMetrics: () => false };
    shared.metrics.record(source, 'accepted');
    if (url === undefined) memoryOf(connection).succeedAll(isReportedKind, 0);
    else memoryOf(connection).succeed(kindOfReported(url), 0);
  };

  return {
    for: (connection) => {
      checkArgument('connection', CONNECTION, connection);
      return {
        getAccessToken: (given) =>
          use(connection, async (client) => {
            if (given?.newerThan !== undefined) await client.getAccessToken();
            return client.getAccessToken(given);
          }),
        fetch: (input, init) => use(connection, (client) => client.fetch(input, init)),
        reportRejected: (generation, answer) =>
          use(connection, async (client) => {
            // Without a token in memory, the one that is remembered would be taken for the published one.
            await client.getAccessToken();
            return client.reportRejected(generation, answer);
          }),
        reportAccepted: (url) => {
          const client = pool.find(connection);
          if (client) client.reportAccepted(url);
          else countAccepted(connection, url);
        },
      };
    },
    flush: parts.metrics.flush,
    get droppedCalls() {
      return parts.metrics.droppedCalls;
    },
  };
}

/** Clients that are kept for their next call. Creating one takes less than a hundredth of a millisecond. */
const MAX_CLIENTS = 250;

const MAX_CONNECTIONS: Rule = [
  'a whole number above 0',
  (value) => Number.isSafeInteger(value) && (value as number) > 0,
];
const OF_ONE_CONNECTION: Rule = [
  'left out: it is an option of one connection, which clients.for(name) names',
  (value) => value === undefined,
];
