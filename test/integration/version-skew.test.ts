import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { requestRefresh } from '../../cli/refresher/request-refresh.ts';
import { createZohoClient } from '../../lambdas/client/index.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import type { RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { contextOf, lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { loadClient, loadRefresher, loadRequestRefresh } from '../releases/release-0.2.ts';
import { HOUR_MS } from '../support/builders.ts';
import { MINUTE_MS, startDeployment } from '../support/sandbox.ts';

/** The functions of the two versions. 0.2 had no aliases. */
const NEW = 'refresher';
const OLD = 'refresher-0-2';
/** Answers with an outcome that this version does not know. */
const LATER = 'refresher-of-a-later-version';

let deployment: LocalDeployment;
let lambda: LambdaEndpoint;
let lambdaClient: LambdaClient;
let secretsManagerClient: SecretsManagerClient;
let oldRefresher: RefresherHandler;
/** Each test has a connection of its own. */
const connections = Array.from({ length: 18 }, (_, index) => `crm-${index + 1}`);
let connection = '';
let rejected: Set<string>;
let warnings: string[];
let before = { invocations: 0, mints: 0 };

/** Both versions with the same table and secrets. */
beforeAll(async () => {
  const declared = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;
  deployment = await startDeployment({
    connections: Object.fromEntries(connections.map((name) => [name, declared])),
  });
  oldRefresher = (await loadRefresher())(deployment.dependencies);
  lambda = await startLambdaEndpoint({
    functions: {
      [NEW]: (event, arn) => deployment.invoke(event, arn),
      [OLD]: (event, invokedFunctionArn) => oldRefresher(event, { ...lambdaContext(), invokedFunctionArn }),
      [LATER]: () => ({ connection, outcome: 'postponed', generation: 1, expires_at: null }),
    },
    aliases: { [NEW]: REFRESHER_DOORS },
  });
  lambdaClient = new LambdaClient({ ...clientConfigFor(lambda.endpoint), maxAttempts: 1 });
  secretsManagerClient = new SecretsManagerClient({
    ...deployment.aws.functionConfig('secretsmanager'),
    maxAttempts: 1,
  });
});
afterAll(async () => {
  lambdaClient.destroy();
  secretsManagerClient.destroy();
  await Promise.all([deployment.close(), lambda.close()]);
});

/** A token of generation 1 that is a minute old. */
beforeEach(async () => {
  connection = connections.pop() ?? '';
  deployment.authorize(connection);
  await deployment.refresh(connection);
  deployment.clock.advance(MINUTE_MS);
  rejected = new Set();
  warnings = [];
  before = { invocations: lambda.invocations.length, mints: deployment.zoho.tokenCalls.length };
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation((warning, given) => {
    if (typeof given === 'object' && given.type === 'ZohoClientWarning') warnings.push(String(warning));
  });
  return () => emitWarning.mockRestore();
});

/** Options of a client of either version. Zoho rejects the tokens in `rejected`. */
function options(refresherFunctionName: string) {
  return {
    connection,
    refresherFunctionName,
    metrics: 'off' as const,
    lambdaClient,
    secretsManagerClient,
    fetch: ((_url, init) => {
      const header = new Headers(init?.headers).get('authorization') ?? '';
      const isRejected = rejected.has(header.replace('Zoho-oauthtoken ', ''));
      return Promise.resolve(
        isRejected ? Response.json({ code: 'INVALID_TOKEN' }, { status: 401 }) : Response.json({ data: [] }),
      );
    }) as typeof globalThis.fetch,
    clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
  };
}

const published = () => deployment.readToken(connection);
const rejectPublished = () => rejected.add(published()?.access_token ?? '');

/** Publishes a token as another deployment or a damaged secret has it. Returns the options that lead to it. */
function publish(secretPrefix: string, name: string, change: object = {}) {
  const { store } = deployment.aws.secretsManager;
  const secret = `${secretPrefix}/${name}/access-token`;
  if (store.find(secret) === undefined) store.create({ name: secret });
  store.put(secret, { value: secretText(JSON.stringify({ ...published(), connection: name, ...change })) });
  return { secretPrefix, connection: name };
}

const reasonOf = (event: unknown) => (event as { reason?: unknown }).reason;

/** The row as the table has it. */
async function readItem(): Promise<Record<string, unknown>> {
  const Key = { connection: { S: connection } };
  const get = new GetItemCommand({ TableName: deployment.aws.tableName, Key, ConsistentRead: true });
  const { Item } = await deployment.dependencies.aws.dynamoDb.send(get);
  return unmarshall(Item ?? {});
}

/** Complaints in a row, each about the token that is published then. Returns the answers' outcomes. */
async function complain(times: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let time = 0; time < times; time += 1) {
    const rejectedGeneration = published()?.generation ?? 0;
    const answer = await deployment.refresh(connection, { reason: 'unauthorized', rejectedGeneration });
    outcomes.push(answer.outcome);
  }
  return outcomes;
}

describe('the client of 0.2 with this refresher', () => {
  it.each([
    ['through the alias for consumers', `${NEW}:consumers`],
    ['without an alias', NEW],
  ])('gets a new token for a rejected one, and repeats the call: %s', async (_, target) => {
    const { createZohoClient: createOldClient } = await loadClient(target);
    rejectPublished();

    const response = await createOldClient(options(target)).fetch('/crm/v8/Leads');

    expect(response.status).toBe(200);
    expect(published()?.generation).toBe(2);
    expect(warnings).toEqual([]);
  });

  it("returns Zoho's response while complaints are spaced, and asks again after retry_after_seconds", async () => {
    const { createZohoClient: createOldClient } = await loadClient('spaced');
    const client = createOldClient(options(`${NEW}:consumers`));
    await complain(1);
    rejectPublished();

    const responses = [await client.fetch('/crm/v8/Leads'), await client.fetch('/crm/v8/Leads')];
    const asked = lambda.invocations.length - before.invocations;
    deployment.clock.advance(15_000);
    const later = await client.fetch('/crm/v8/Leads');

    expect(responses.map(({ status }) => status)).toEqual([401, 401]);
    expect(asked).toBe(1);
    expect(later.status).toBe(200);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['not-allowed', `${NEW}:schedule`, () => ({})],
    ['unknown-connection', `${NEW}:consumers`, () => publish('other', 'crm-unknown')],
    ['invalid-request', `${NEW}:consumers`, () => publish('zoho', connection, { generation: 7 })],
  ])("returns Zoho's response and warns after the answer %s", async (outcome, target, prepare) => {
    const { createZohoClient: createOldClient } = await loadClient(outcome);
    const client = createOldClient({ ...options(target), ...prepare() });
    rejectPublished();

    const response = await client.fetch('/crm/v8/Leads');

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ code: 'INVALID_TOKEN' });
    expect(warnings).toEqual([expect.stringContaining(`The refresher ${target} failed. See its log.`)]);
    expect(deployment.log.lines.at(-1)).toContain(outcome);
    expect(deployment.zoho.tokenCalls).toHaveLength(before.mints);
  });
});

describe('the client of 0.2 with an expired token and this refresher', () => {
  it('gets a new one, which is no complaint', async () => {
    const { createZohoClient: createOldClient } = await loadClient('expired');
    deployment.clock.advance(HOUR_MS);

    const { generation } = await createOldClient(options(`${NEW}:consumers`)).getAccessToken();

    expect(generation).toBe(2);
    expect(await readItem()).not.toHaveProperty('challenges');
  });
});

describe('zoho-tokens of 0.2 with this refresher', () => {
  it.each([
    ['through the alias for operators', `${NEW}:operators`],
    ['without an alias, as a consumer', NEW],
  ])('gets a new token: %s', async (_, target) => {
    const requestOldRefresh = await loadRequestRefresh();

    const answer = await requestOldRefresh(lambdaClient, target, connection);

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2, retryAfterSeconds: undefined });
    expect(answer.expiresAtMs).toBe(deployment.clock.now() + 60 * MINUTE_MS);
  });

  it('has the limits of a consumer without an alias, and understands them', async () => {
    const requestOldRefresh = await loadRequestRefresh();
    for (const spacingMs of [15_000, 30_000, 60_000, 60_000]) {
      expect(await complain(1)).toEqual(['refreshed']);
      deployment.clock.advance(spacingMs);
    }

    expect(await requestOldRefresh(lambdaClient, NEW, connection)).toMatchObject({
      outcome: 'budget-exhausted',
      retryAfterSeconds: 4 * 60,
    });
    expect(await requestOldRefresh(lambdaClient, `${NEW}:operators`, connection)).toMatchObject({
      outcome: 'refreshed',
      generation: 6,
    });
    expect(await requestOldRefresh(lambdaClient, NEW, connection)).toMatchObject({
      outcome: 'already-fresh',
      generation: 6,
    });
  });

  it('reports a failed refresher when the refresher does not know the connection', async () => {
    const requestOldRefresh = await loadRequestRefresh();

    await expect(requestOldRefresh(lambdaClient, `${NEW}:operators`, 'unknown')).rejects.toMatchObject({
      name: 'CliError',
      message: expect.stringMatching(
        /^The refresher function refresher:operators failed .*while refreshing unknown\.$/,
      ),
    });
  });
});

describe('the refresher of 0.2', () => {
  it('replaces a token that this client rejects', async () => {
    rejectPublished();

    const response = await createZohoClient(options(OLD)).fetch('/crm/v8/Leads');

    expect(response.status).toBe(200);
    expect(published()?.generation).toBe(2);
    expect(warnings).toEqual([]);
  });

  it('replaces a token that has expired by the clock of this client, although it does not know the reason', async () => {
    deployment.clock.advance(HOUR_MS);

    const { generation } = await createZohoClient(options(OLD)).getAccessToken();

    expect(generation).toBe(2);
    expect(lambda.invocations.slice(before.invocations).map(({ event }) => reasonOf(event))).toEqual([
      'expired',
      'unauthorized',
    ]);
    expect(warnings).toEqual([]);
  });

  it("fails for a connection that it does not know: this client returns Zoho's response", async () => {
    const client = createZohoClient({ ...options(OLD), ...publish('other', 'crm-unknown') });
    rejectPublished();

    expect((await client.fetch('/crm/v8/Leads')).status).toBe(401);
    expect(lambda.invocations.at(-1)).toMatchObject({ functionName: OLD });
  });

  it('answers this zoho-tokens', async () => {
    expect(await requestRefresh(lambdaClient, OLD, connection)).toMatchObject({
      outcome: 'refreshed',
      generation: 2,
    });
  });

  it('works on rows of this one and keeps their complaints, with which this one continues', async () => {
    expect(await complain(2)).toEqual(['refreshed', 'budget-exhausted']);
    const seen = await readItem();
    expect(seen).toMatchObject({ challenges: 1, challenged: 2, onDemandMints: [deployment.clock.now()] });

    const byOperator = await requestRefresh(lambdaClient, OLD, connection);
    deployment.clock.advance(55 * MINUTE_MS);
    await oldRefresher({ action: 'refresh-due' }, contextOf('schedule'));

    expect(byOperator).toMatchObject({ outcome: 'refreshed', generation: 3 });
    const { challenges, challenged, onDemandMints } = seen;
    expect(await readItem()).toMatchObject({ challenges, challenged, onDemandMints, publishedGeneration: 4 });

    expect(await complain(1)).toEqual(['budget-exhausted']);
    deployment.clock.advance(15_000);
    expect(await complain(1)).toEqual(['refreshed']);
    expect(await readItem()).toMatchObject({ challenges: 2, challenged: 4, publishedGeneration: 5 });
  });
});

describe('an outcome of a later refresher that this version does not know', () => {
  it("makes the client return Zoho's response", async () => {
    rejectPublished();

    expect((await createZohoClient(options(LATER)).fetch('/crm/v8/Leads')).status).toBe(401);
    expect(lambda.invocations).toHaveLength(before.invocations + 1);
  });

  it('makes zoho-tokens report a failed refresher', async () => {
    await expect(requestRefresh(lambdaClient, LATER, connection)).rejects.toMatchObject({
      name: 'CliError',
      message: `The refresher function ${LATER} failed while refreshing ${connection}.`,
    });
  });
});
