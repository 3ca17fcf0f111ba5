import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { judgeApiAnswer } from '../../lambdas/core/zoho/api-rejections.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { readSnippets } from '../support/document-snippets.ts';
import { connectSealed, fleetKnobs, tickShard } from '../support/fleet-deployment.ts';
import { MINUTE_MS, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';
import { runShell, whyNoShell } from '../support/shell-snippet.ts';
import {
  type SnippetOptions,
  SnippetProcess,
  sandboxEnvironment,
  whyNoPython,
} from '../support/snippet-process.ts';

const REFRESHER = 'zoho-token-refresher';
const snippets = readSnippets(new URL('../../docs/consuming-tokens.md', import.meta.url));

/** Answers of each kind, for the examples that judge with the table. */
const ANSWERS: [status: number, place: string, body: string][] = [
  [200, 'www.zohoapis.eu/crm/v8/Leads', '{"data":[]}'],
  [401, 'www.zohoapis.eu/crm/v8/Leads', '{"code":"INVALID_TOKEN"}'],
  [401, 'www.zohoapis.eu/crm/v8/Leads', '{"code": 14}'],
  [401, 'www.zohoapis.eu/books/v3/invoices', '{"code": 14}'],
  [401, 'mail.zoho.eu/api/accounts', '[2,{"errorCode":"INVALID_OAUTHSCOPE"}]'],
  [403, 'desk.zoho.eu/api/v1/tickets', '{"errorCode":"SCOPE_MISMATCH"}'],
  [500, 'www.zohoapis.eu/workdrive/api/v1/files', '{"errors":[{"id":"F7003"}]}'],
  [400, 'www.zohoapis.eu/bookings/v1/json/services', '<!DOCTYPE html>'],
  [401, 'www.zohoapis.eu/crm/v8/Leads', '<!DOCTYPE html>'],
];

const VERDICTS_OF_CLIENT = ANSWERS.map(([status, place, body]) =>
  judgeApiAnswer({ status, body, url: new URL(`https://${place}`) }),
);

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const resource of opened.splice(0).reverse()) await resource.close();
});

describe('a published token', () => {
  it('has exactly the fields that the guide lists', async () => {
    const deployment = await authorizedDeployment();

    const shown = Object.keys(JSON.parse(codeOf('token')));

    expect(Object.keys(deployment.readToken('crm-prod') ?? {}).sort()).toEqual(shown.sort());
  });

  it('is replaced at least 5 minutes before it expires, so that a cache of 300 s never outlives it', async () => {
    const deployment = await authorizedDeployment();
    const secondsLeft: number[] = [];

    for (let minute = 0; minute < 3 * 60; minute += 1) {
      const before = deployment.readToken('crm-prod');
      await deployment.runMinutes(1);
      const wasReplaced = deployment.readToken('crm-prod')?.generation !== before?.generation;
      const validUntilMs = deployment.zoho.validUntil(before?.access_token ?? '') ?? 0;
      if (wasReplaced) secondsLeft.push((validUntilMs - deployment.clock.now()) / 1000);
    }

    expect(secondsLeft).toHaveLength(3);
    expect(Math.min(...secondsLeft)).toBeGreaterThanOrEqual(300);
  });
});

const READERS = [
  { reader: 'the client', name: 'client' },
  { reader: "the client's middleware", name: 'client-middy' },
  { reader: 'Powertools Parameters', name: 'powertools' },
  { reader: '@middy/secrets-manager', name: 'middy' },
];

describe.each(READERS)('$reader, as the guide shows it', ({ name }) => {
  it("reads the token and calls Zoho's API with it", async () => {
    const deployment = await authorizedDeployment();
    const consumer = await startSnippet(name, { deployment });

    const answer = await consumer.call('handler');

    expect(answer).toEqual({ result: { data: [] } });
  });

  it('reads once for the calls of three minutes', async () => {
    const deployment = await authorizedDeployment();
    const consumer = await startSnippet(name, { deployment });
    const before = reads(deployment);

    for (const _ of [1, 2, 3]) {
      await consumer.call('handler');
      deployment.clock.advance(MINUTE_MS);
    }

    expect(reads(deployment) - before).toBe(1);
  });
});

describe('every reader, as the guide shows it', () => {
  it('calls Zoho with a valid token in every minute before and after a renewal', async () => {
    const deployment = await authorizedDeployment();
    const consumers = await Promise.all(READERS.map(({ name }) => startSnippet(name, { deployment })));
    const answers = new Set<string>();

    for (let minute = 0; minute < 70; minute += 1) {
      for (const answer of await Promise.all(consumers.map((consumer) => consumer.call('handler'))))
        answers.add(JSON.stringify(answer));
      await deployment.runMinutes(1);
    }

    expect([...answers]).toEqual(['{"result":{"data":[]}}']);
  });
});

describe('the Lambda extension, with the HTTP that AWS documents', () => {
  it('serves the token with which the example calls Zoho', async () => {
    const deployment = await authorizedDeployment();
    const requests: IncomingMessage[] = [];
    const origin = await listen((incoming) => {
      requests.push(incoming);
      return { SecretString: JSON.stringify(deployment.readToken('crm-prod')) };
    });
    const consumer = await startSnippet('extension', {
      deployment,
      env: {
        PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: new URL(origin).port,
        AWS_SESSION_TOKEN: 'of-the-session',
      },
    });

    const answer = await consumer.call('handler');

    expect(answer).toEqual({ result: { data: [] } });
    expect(requests.map(({ url, headers }) => [url, headers['x-aws-parameters-secrets-token']])).toEqual([
      ['/secretsmanager/get?secretId=zoho%2Fcrm-prod%2Faccess-token', 'of-the-session'],
    ]);
  });
});

const noPython = whyNoPython();
if (noPython !== undefined) skip(`the Python example is skipped: ${noPython}`);

describe.skipIf(noPython !== undefined)("README's lines of Python", () => {
  it('read the token', async () => {
    const deployment = await authorizedDeployment();
    const snippet = readSnippets(new URL('../../README.md', import.meta.url)).get('python');

    const { stdout } = await promisify(execFile)('python3', ['-c', `${snippet?.code}\nprint(headers)`], {
      env: { ...process.env, ...sandboxEnvironment(deployment) },
    });

    const { access_token: token } = deployment.readToken('crm-prod') ?? {};
    expect(stdout).toBe(`{'Authorization': 'Zoho-oauthtoken ${token}'}\n`);
  });
});

describe.skipIf(noPython !== undefined)('the Python example', () => {
  it("reads the token and calls Zoho's API with it", async () => {
    const { consumer } = await startPython();

    const { result } = await consumer.call('handler');

    expect(result).toEqual({ data: [] });
  });

  it('reads once until the token is due to be replaced, and then reads the new one', async () => {
    const { consumer, deployment } = await startPython();
    const perCall: number[] = [];

    for (const minutes of [0, 30, 22, 3]) {
      await deployment.runMinutes(minutes);
      const readsOfTicks = reads(deployment);
      await consumer.call('handler');
      perCall.push(reads(deployment) - readsOfTicks);
    }

    expect(perCall).toEqual([1, 0, 0, 1]);
    expect((await consumer.call('get_token', [])).result).toEqual(deployment.readToken('crm-prod'));
  });

  it('asks the refresher when the published token is the rejected one, and calls again with the new token', async () => {
    const { consumer, lambda, reauthorize } = await startPython();
    await consumer.call('handler');
    reauthorize();

    const { result } = await consumer.call('handler');

    expect(result).toEqual({ data: [] });
    expect(lambda.invocations.map(({ event }) => event)).toEqual([
      { action: 'refresh', connection: 'crm-prod', rejectedGeneration: 1, reason: 'unauthorized' },
    ]);
  });

  it('does not ask the refresher when a newer token than the rejected one is already published', async () => {
    const { consumer, deployment, lambda, reauthorize } = await startPython();
    await consumer.call('handler');
    reauthorize();
    await deployment.refresh('crm-prod');

    const { result } = await consumer.call('handler');

    expect(result).toEqual({ data: [] });
    expect(lambda.invocations).toEqual([]);
  });

  it("waits for another holder's refresh and uses its token", async () => {
    const { consumer, deployment, reauthorize } = await startPython();
    await consumer.call('handler');
    reauthorize();
    const held = deployment.zoho.holdNextCall();
    const other = deployment.refresh('crm-prod');
    await held.received;
    const sleeps: number[] = [];

    const { result } = await consumer.call('handler', [{}, {}], async (seconds) => {
      sleeps.push(seconds);
      held.release();
      await other;
    });

    expect(result).toEqual({ data: [] });
    expect(sleeps).toEqual([0.5]);
  });

  it.each<[string, PythonOptions, string, number]>([
    ['Zoho refuses the refresh token', {}, '"outcome": "failed"', 1],
    [
      'the refresher fails',
      { refresher: () => Promise.reject(new Error('broken')) },
      '"outcome": "failed"',
      1,
    ],
    ['it may not ask the refresher', { mayAsk: false }, '"Unauthorized"', 0],
    ['it has no permission to ask', { refresherName: 'another' }, 'The refresher cannot be invoked', 0],
  ])('returns the 401 when %s', async (_, options, printed, invocations) => {
    const { consumer, deployment, lambda, authorization } = await startPython(options);
    await consumer.call('handler');
    deployment.zoho.revoke(authorization.refreshToken);

    const answer = await consumer.call('handler');

    expect(answer.error).toBe('RuntimeError: Zoho answered 401');
    expect(answer.printed?.join('\n')).toContain(printed);
    expect(lambda.invocations).toHaveLength(invocations);
  });

  it('does not refresh because of a missing scope', async () => {
    const origin = await listen(() => ({ code: 'OAUTH_SCOPE_MISMATCH', status: 'error' }), 401);
    const { consumer, lambda } = await startPython({ routes: { 'www.zohoapis.eu': origin } });

    const { error } = await consumer.call('handler');

    expect(error).toBe('RuntimeError: Zoho answered 401');
    expect(lambda.invocations).toEqual([]);
  });

  it('asks for no second refresh when the newer token got the same answer, and asks again for later tokens', async () => {
    const origin = await listen(() => ({ code: 57 }), 401);
    const { consumer, deployment, lambda } = await startPython({ routes: { 'www.zohoapis.eu': origin } });

    for (const _ of [1, 2, 3]) await consumer.call('handler');
    await deployment.refresh('crm-prod');
    await consumer.call('get_token', [true]);
    await consumer.call('handler');

    const reported = lambda.invocations.map(({ event }) => event);
    expect(reported).toMatchObject([{ rejectedGeneration: 1 }, { rejectedGeneration: 3 }]);
  });

  it('judges as the client does', async () => {
    const { consumer } = await startPython();
    const verdicts: unknown[] = [];

    for (const answer of ANSWERS) verdicts.push((await consumer.call('judge', answer)).result);

    expect(verdicts).toEqual(VERDICTS_OF_CLIENT);
  });

  it('sends the token to no other host, neither by a path nor after a redirect', async () => {
    const requests: IncomingMessage[] = [];
    const elsewhere = await listen((incoming) => {
      requests.push(incoming);
      return {};
    });
    const zoho = await listen(() => ({}), 302, { location: `${elsewhere}/` });
    const { consumer } = await startPython({ routes: { 'www.zohoapis.eu': zoho, elsewhere } });

    const redirected = await consumer.call('handler');
    const byPath = await consumer.call('call_zoho', ['@elsewhere/crm/v8/Leads']);

    expect(redirected.error).toBeUndefined();
    expect(byPath.error).toMatch(/^ValueError: the path must begin with \//);
    expect(requests).toEqual([]);
  });

  it('reports each call as one value of the metric of 401s, and never prints a token', async () => {
    const { consumer, deployment, reauthorize } = await startPython();
    const tokens = [deployment.readToken('crm-prod')?.access_token];
    const { printed: before = [] } = await consumer.call('handler');
    reauthorize();

    const { printed: after = [] } = await consumer.call('handler');

    const lines = [...before, ...after];
    const metrics = new MetricLog();
    for (const line of lines) if (line.includes('_aws')) metrics.add(line);
    expect(metrics.ofFleet('Unauthorized').map(({ value }) => value)).toEqual([0, 1, 0]);
    expect(metrics.ofConnection('Unauthorized', 'crm-prod').map(({ value }) => value)).toEqual([0, 1, 0]);
    tokens.push(deployment.readToken('crm-prod')?.access_token);
    for (const token of tokens) expect(lines.join('\n')).not.toContain(token);
  });

  it('uses the token in memory while Secrets Manager fails, until it expires', async () => {
    const { consumer, deployment } = await startPython();
    await consumer.call('handler');
    deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });
    deployment.clock.advance(58 * MINUTE_MS);

    const { result, printed } = await consumer.call('handler');
    deployment.clock.advance(3 * MINUTE_MS);
    const { error } = await consumer.call('handler');

    expect(result).toEqual({ data: [] });
    expect(printed?.[0]).toContain('The token in memory is used');
    expect(error).toContain('AccessDeniedException');
  });

  it('reads a token of the second store in DynamoDB, and any other one in Secrets Manager', async () => {
    const ofTable = await sealedDeployment();
    const ofSecret = await authorizedDeployment();
    const before = reads(ofSecret);

    const consumers = [ofTable, ofSecret].map((deployment) =>
      startSnippet('python', { deployment, env: tableEnvironment(deployment) }),
    );
    const answers = await Promise.all(consumers.map(async (consumer) => (await consumer).call('handler')));

    expect(answers.map(({ result }) => result)).toEqual([{ data: [] }, { data: [] }]);
    expect([reads(ofTable), reads(ofSecret) - before]).toEqual([0, 1]);
  });

  it('fails with the error of the empty secret while the connection is not authorized', async () => {
    const deployment = await startDeployment();
    opened.push(deployment);
    await deployment.tick();
    const consumer = await startSnippet('python', { deployment });

    const { error } = await consumer.call('handler');

    expect(error).toContain('ResourceNotFoundException');
  });

  interface PythonOptions {
    readonly refresher?: () => unknown;
    /** Whether it has the name of the refresher's function. @default true */
    readonly mayAsk?: boolean;
    readonly refresherName?: string;
    readonly routes?: Record<string, string>;
  }

  async function startPython(options: PythonOptions = {}) {
    const { refresher, mayAsk = true, refresherName = REFRESHER, routes } = options;
    const { deployment, authorization } = await authorized();
    const lambda = await startRefresherEndpoint(deployment, refresher);
    const consumer = await startSnippet('python', {
      deployment,
      ...(routes && { routes }),
      env: {
        AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
        ZOHO_SECRET_PREFIX: 'zoho',
        ...(mayAsk && { ZOHO_REFRESHER_FUNCTION_NAME: refresherName }),
      },
    });
    /** The user revokes the authorization and gives a new one, which the refresher has not read yet. */
    const reauthorize = () => {
      deployment.zoho.revoke(authorization.refreshToken);
      deployment.authorize('crm-prod');
    };
    return { deployment, authorization, lambda, consumer, reauthorize };
  }
});

const noShell = whyNoShell();
if (noShell !== undefined) skip(`the shell examples are skipped: ${noShell}`);

describe.skipIf(noShell !== undefined)('the shell examples', () => {
  it("read the token and call Zoho's API with it, and pass it to no tool as an argument", async () => {
    const deployment = await authorizedDeployment();

    const { stdout, argv } = await runShell(codeOf('shell'), shellOptions(deployment));

    expect(JSON.parse(stdout)).toEqual({ data: [] });
    expect(argv).toContain('https://www.zohoapis.eu/crm/v8/Leads?fields=Last_Name');
    expect(argv.join('\n')).not.toContain(deployment.readToken('crm-prod')?.access_token);
  });

  it.each([
    ['DynamoDB', () => sealedDeployment()],
    ['Secrets Manager', () => authorizedDeployment()],
  ])('find a token in %s, and pass it to no tool as an argument', async (_, start) => {
    const deployment = await start();
    const env = tableEnvironment(deployment);

    const { stdout, argv } = await runShell(
      `${codeOf('shell-table')}jq -r .access_token <<<"$token"`,
      shellOptions(deployment, env),
    );

    const token = stdout.trim();
    expect(deployment.zoho.isValid(token)).toBe(true);
    expect(argv.join('\n')).not.toContain(token);
  });

  it('judge as the client does', async () => {
    const deployment = await authorizedDeployment();
    const calls = ANSWERS.map(([status, place, body]) => `judge ${status} ${place} <<<'${body}'\n`);

    const { stdout } = await runShell(
      `cd docs\n${codeOf('shell-judge')}${calls.join('')}aws --version > /dev/null`,
      shellOptions(deployment),
    );

    expect(stdout.trim().split('\n')).toEqual(VERDICTS_OF_CLIENT);
  });

  it('ask the refresher for a newer token, and pass the old one to no tool as an argument', async () => {
    const deployment = await authorizedDeployment();
    const rejected = deployment.readToken('crm-prod');
    const lambda = await startRefresherEndpoint(deployment);

    const { stdout, argv } = await runShell(
      `${codeOf('shell')}${codeOf('shell-refresh')}`,
      shellOptions(deployment, {
        AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
        ZOHO_REFRESHER_FUNCTION_NAME: REFRESHER,
      }),
    );

    expect(stdout).toContain('"outcome":"refreshed","generation":2');
    expect(lambda.invocations).toMatchObject([
      { functionName: REFRESHER, event: { rejectedGeneration: 1, reason: 'unauthorized' } },
    ]);
    expect(argv.join('\n')).not.toContain(rejected?.access_token);
  });

  function shellOptions(deployment: LocalDeployment, env: Record<string, string> = {}) {
    return {
      env: sandboxEnvironment(deployment, env),
      routes: { [deployment.zoho.apiHosts.eu]: deployment.zoho.origins.eu },
    };
  }
});

function skip(why: string): void {
  console.warn(why);
  it.skip(why);
}

function codeOf(name: string): string {
  return snippetOf(name).code;
}

function snippetOf(name: string) {
  const snippet = snippets.get(name);
  if (snippet === undefined) throw new Error(`the guide has no snippet "${name}"`);
  return snippet;
}

async function authorized() {
  const started = await startAuthorizedDeployment();
  opened.push(started.deployment);
  return started;
}

async function authorizedDeployment(): Promise<LocalDeployment> {
  return (await authorized()).deployment;
}

/** `crm-prod` is a connection of the second store. */
async function sealedDeployment(): Promise<LocalDeployment> {
  const deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
  opened.push(deployment);
  await connectSealed(deployment, 'crm-prod');
  await tickShard(deployment);
  return deployment;
}

function tableEnvironment({ aws: { endpoints } }: LocalDeployment): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_KMS: endpoints.kms,
    ZOHO_TOKENS_TABLE: 'zoho-tokens',
  };
}

async function startSnippet(name: string, options: SnippetOptions): Promise<SnippetProcess> {
  const process = await SnippetProcess.start(snippetOf(name), options);
  opened.push(process);
  return process;
}

async function startRefresherEndpoint(
  deployment: LocalDeployment,
  refresher: (event: unknown) => unknown = (event) => deployment.handler(event, lambdaContext()),
): Promise<LambdaEndpoint> {
  const lambda = await startLambdaEndpoint({ functions: { [REFRESHER]: refresher } });
  opened.push(lambda);
  return lambda;
}

/** The number of reads of the token secret so far. */
function reads(deployment: LocalDeployment): number {
  return deployment.aws.secretsManager.calls.filter(
    ({ operation, secret }) => operation === 'GetSecretValue' && secret === 'zoho/crm-prod/access-token',
  ).length;
}

/** Answers every request with this JSON on a free port of loopback. Returns the origin. */
async function listen(
  answer: (incoming: IncomingMessage) => unknown,
  status = 200,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((incoming, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(answer(incoming)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
