import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ZohoClientErrorCode } from '../../lambdas/client/index.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { createTokenStrings } from '../../sandbox/zoho/token-strings.ts';
import { type CloudWatchServer, startCloudWatchServer } from '../support/cloudwatch-server.ts';
import { startDeployment } from '../support/sandbox.ts';
import { Canary } from './canary.ts';
import { CanaryConsumer } from './canary-consumer.ts';
import { CLIENT_PATHS } from './client-paths.ts';
import { CanaryRecorder } from './recorder.ts';
import { listenToRequests } from './requests.ts';

/** Every error code has to be reached. */
const ERROR_CODES = Object.keys({
  invalid_options: true,
  not_authorized: true,
  malformed_token: true,
  token_expired: true,
  secret_unavailable: true,
  invalid_url: true,
  forbidden_host: true,
  forbidden_header: true,
  body_used: true,
  invalid_argument: true,
  wrong_connection: true,
  no_newer_token: true,
  timeout: true,
} satisfies Record<ZohoClientErrorCode, true>);

const canary = new Canary();
const recorder = new CanaryRecorder();
const reached = new Map<string, ReadonlySet<string>>();
const strings = createTokenStrings(seededRandom(42));
let deployment: LocalDeployment;
let lambda: LambdaEndpoint;
let cloudWatch: CloudWatchServer;

beforeAll(async () => {
  const nameOf = (index: number) => `connection-${index}`;
  const connections = CLIENT_PATHS.map((_, index) => [nameOf(index), { dataCenter: 'eu', scopes: [] }]);
  deployment = await startDeployment({ connections: Object.fromEntries(connections) });
  let refresher = (event: unknown): unknown => deployment.handler(event, lambdaContext());
  lambda = await startLambdaEndpoint({ functions: { refresher: (event) => refresher(event) } });
  cloudWatch = await startCloudWatchServer();
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', cloudWatch.url);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'sandbox');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'sandbox');
  const stopListening = [recorder.listenToOutput(), listenToRequests(recorder, deployment)];

  try {
    for (const [index, path] of CLIENT_PATHS.entries()) {
      recorder.begin(path.name);
      const consumer = createConsumer(nameOf(index));
      refresher = (event) => deployment.handler(event, lambdaContext());
      await path.happen(consumer, (other) => {
        refresher = other;
      });
      consumer.watchForNewTokens();
      for (const line of deployment.log.lines.splice(0)) recorder.note('log', line);
      for (const line of deployment.metrics.lines.splice(0)) recorder.note('metric', line);
      reached.set(path.name, consumer.reached);
    }
  } finally {
    for (const stop of stopListening) stop();
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([deployment.close(), lambda.close(), cloudWatch.close()]);
});

/** A consumer of a connection with credentials and a new token. */
function createConsumer(connection: string): CanaryConsumer {
  const { clientSecret, refreshToken } = deployment.authorize(connection);
  canary.watchFor('client secret', clientSecret);
  canary.watchFor('refresh token', refreshToken);
  const consumer = new CanaryConsumer(connection, {
    deployment,
    canary,
    recorder,
    lambdaEndpoint: lambda.endpoint,
  });
  consumer.publish(strings.token());
  return consumer;
}

describe('no token leaves the client', () => {
  const paths = CLIENT_PATHS.map((path) => [path.name, path.reaches] as const);
  const judge = (name: string, reaches: string | undefined) => {
    expect([...(reached.get(name) ?? [])]).toEqual(reaches === undefined ? [] : [reaches]);
    expect(recorder.findings(canary, name)).toEqual([]);
  };

  it.each(paths)('with %s', judge);

  it('for any error of its own: all of them were reached', () => {
    const codes = new Set([...reached.values()].flatMap((each) => [...each]));

    expect(ERROR_CODES.filter((code) => !codes.has(code))).toEqual([]);
  });

  it.each([
    ['stdout', '"Unauthorized"'],
    ['stdout', '"SecretUnavailable"'],
    ['request, headers', 'PutMetricData'],
    ['request, body', '"rejectedGeneration":0'],
    ['call, error, JSON', '"code":"forbidden_host"'],
    ['context, console.log', 'zohoapis'],
    ['log', '"refreshed"'],
  ])('although it wrote to %s: %s', (way, text) => {
    expect(recorder.said.filter((said) => said.way === way && said.text.includes(text))).not.toEqual([]);
  });

  it('except through the property for it', async () => {
    const consumer = createConsumer('connection-0');

    const { accessToken } = await consumer.connect().getAccessToken();

    expect(accessToken).toBe(consumer.token);
  });
});

describe('a process that uses the client', () => {
  let folder: string;
  let code: number | null;
  let output = '';

  beforeAll(async () => {
    recorder.begin('a process');
    folder = mkdtempSync(join(tmpdir(), 'zoho-canary-'));
    const entry = fileURLToPath(new URL('../../lambdas/client/index.ts', import.meta.url));
    createConsumer('connection-0');
    const script = `
      import { createZohoClient } from ${JSON.stringify(entry)};
      const zoho = createZohoClient({
        connection: 'connection-0',
        clock: { now: () => ${deployment.clock.now()}, sleep: () => Promise.resolve() },
        fetch: () => Promise.resolve(Response.json({})),
      });
      await zoho.fetch('/crm/v8/Leads');
      console.log('done', zoho, await zoho.getAccessToken());
      await zoho.fetch('https://evil.example').catch(console.error);
      const { argv, env } = process;
      console.log(argv, env);`;
    const loader = import.meta.resolve('tsx');
    const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
      cwd: folder,
      signal: AbortSignal.timeout(20_000),
      env: {
        HOME: folder,
        AWS_LAMBDA_FUNCTION_NAME: 'leads',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'sandbox',
        AWS_SECRET_ACCESS_KEY: 'sandbox',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: deployment.aws.secretsManager.endpoint,
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
    }
    [code] = (await once(child, 'close')) as [number | null];
    recorder.note('output', output);
    recorder.noteFiles('its folder', folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('ends by itself: the client does not keep it alive', () => {
    expect(code).toBe(0);
    expect(output).toContain('done');
  });

  it('shows no token on its standard streams, and writes none into a file', () => {
    expect(output).toContain("code: 'forbidden_host'");
    expect(recorder.findings(canary, 'a process')).toEqual([]);
  });
});
