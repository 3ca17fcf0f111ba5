import { createZohoClient, type ZohoClient } from '../client/index.ts';
import { type DataCenterLocation, isDataCenterLocation } from '../core/zoho/data-centers.ts';
import { type FakeAnswer, type FakeAnswers, FakeApi, type FakeCall } from './fake-api.ts';
import { DEPLOYMENT_ERROR_CODES, type DeploymentErrorCode, FakeDeployment } from './fake-deployment.ts';

/**
 * Options of {@link createFakeZohoClient}.
 *
 * @example
 * const options: FakeZohoClientOptions = { answers: { '/crm/v8/Leads': { data: [] } } };
 */
export interface FakeZohoClientOptions {
  /** @default - none: every call fails until `answer` is called */
  readonly answers?: FakeAnswers;
  /** @default 'fake' */
  readonly connection?: string;
  /** @default 'eu' */
  readonly dataCenter?: DataCenterLocation;
}

/**
 * A client for unit tests, with what a test needs to direct it and to look at what was sent.
 *
 * @example
 * const zoho: FakeZohoClient = createFakeZohoClient();
 */
export interface FakeZohoClient extends ZohoClient {
  /** Every request that Zoho would have received, rejected ones included, in order. */
  readonly calls: readonly FakeCall[];
  /**
   * Sets the answer for a path.
   *
   * @example
   * zoho.answer('POST /crm/v8/Leads', Response.json({ code: 'INVALID_DATA' }, { status: 400 }));
   */
  answer(path: string, answer: FakeAnswer): void;
  /**
   * Makes Zoho reject the token of the next calls with a 401. The client gets a newer token and repeats a call once, so one
   * rejection is not visible, and two in a row are returned as a 401.
   *
   * @default times 1
   *
   * @example
   * zoho.rejectToken(2);
   */
  rejectToken(times?: number): void;
  /**
   * Makes every use of the client fail with a `ZohoClientError` of this code, until it is called with `undefined`. Throws a `TypeError` for
   * any other code: those depend on the call. For `timeout`, answer with a promise that never resolves and pass `timeoutMs`.
   *
   * @example
   * zoho.failWith('not_authorized');
   */
  failWith(code: DeploymentErrorCode | undefined): void;
}

/**
 * Creates a client that uses neither AWS nor the network, for unit tests of code that takes a `ZohoClient`. It is the real
 * client on a token secret, a refresher and a Zoho that are in memory, so it checks URLs, repeats rejected calls and fails
 * as the real one does. A call without an answer is an error that lists the answers.
 *
 * @example
 * const zoho = createFakeZohoClient({ answers: { '/crm/v8/Leads': { data: [{ id: '1' }] } } });
 * expect(await countLeads(zoho)).toBe(1);
 * expect(zoho.calls[0]?.method).toBe('GET');
 */
export function createFakeZohoClient(options: FakeZohoClientOptions = {}): FakeZohoClient {
  const { connection = 'fake', dataCenter = 'eu', answers, ...unknown } = options;
  const [unknownName] = Object.keys(unknown);
  if (unknownName !== undefined)
    throw new TypeError(`${unknownName} is not an option. Options: answers, connection, dataCenter.`);
  if (!isDataCenterLocation(dataCenter)) throw new TypeError(`dataCenter is not a data center of Zoho.`);
  const api = new FakeApi(answers);
  const deployment = new FakeDeployment(connection, dataCenter);
  const connect = () =>
    createZohoClient({
      connection,
      secretsManagerClient: deployment.secretsManager,
      lambdaClient: deployment.refresher,
      refresherFunctionName: 'fake',
      metrics: 'off',
      fetch: api.fetch,
      clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    });
  let client = connect();
  return {
    getAccessToken: (given) => client.getAccessToken(given),
    fetch: (input, init) => client.fetch(input, init),
    reportRejected: (generation, answer) => client.reportRejected(generation, answer),
    reportAccepted: (url) => client.reportAccepted(url),
    flush: () => Promise.resolve(),
    droppedCalls: 0,
    calls: api.calls,
    answer: (path, answer) => api.answer(path, answer),
    rejectToken: (times = 1) => {
      if (!Number.isInteger(times) || times < 0)
        throw new TypeError('times must be a whole number, 0 or more.');
      api.reject(times);
    },
    failWith: (code) => {
      if (code !== undefined && !DEPLOYMENT_ERROR_CODES.includes(code))
        throw new TypeError(`code must be undefined or one of ${DEPLOYMENT_ERROR_CODES.join(', ')}.`);
      deployment.fail(code);
      // Another client, because this one has a valid token in memory.
      client = connect();
    },
  };
}
