import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refresherEnvironment } from '../../infra/refresher-environment.ts';
import { parseSettings } from '../../infra/settings/parse-settings.ts';
import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import { PROBLEMS } from '../../lambdas/core/connection/connection.ts';
import { CONNECTION_STATES } from '../../lambdas/core/connection/state-change.ts';
import { classOf, FAILURE_CLASSES, type FailureCode } from '../../lambdas/core/failures.ts';
import { REFRESH_OUTCOMES } from '../../lambdas/core/refresh/refresh-outcome.ts';
import { InvalidConfigError, parseConfig } from '../../lambdas/refresher/config.ts';
import { type Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { createTokenStrings } from '../../sandbox/zoho/token-strings.ts';
import { createApp, createStack } from '../infra/synthesize.ts';
import { type BundleRun, copyDeployedBundle, runBundle } from '../support/run-bundle.ts';
import { startDeployment } from '../support/sandbox.ts';
import { Canary } from './canary.ts';
import { CanaryConnection, createAwsClientsWithoutRetries } from './canary-connection.ts';
import { noteNotification } from './note-notification.ts';
import type { CanaryPath } from './path.ts';
import { PATHS_OF_TICKS, PATHS_ON_DEMAND } from './paths.ts';
import { CanaryRecorder } from './recorder.ts';
import { listenToRequests } from './requests.ts';

const SCOPES = ['ZohoCRM.modules.ALL'];
/** The names say what happens to them in the deployed bundle. */
const DEPLOYED = {
  fine: { dataCenter: 'eu', scopes: SCOPES },
  unreadable: { dataCenter: 'eu', scopes: SCOPES },
  refused: { dataCenter: 'eu', scopes: SCOPES },
  denied: { dataCenter: 'eu', scopes: SCOPES },
} as const;

const canary = new Canary();
const recorder = new CanaryRecorder();
const announced: string[] = [];
const notified = new Set<string>();
const reached = new Map<string, ReadonlySet<string>>();
const folder = mkdtempSync(join(tmpdir(), 'zoho-canary-'));
const cdkOut = join(folder, 'cdk.out');
const strings = createTokenStrings(seededRandom(42));
const operator = {
  clientSecret: strings.clientSecret(),
  refreshToken: strings.token(),
  accessToken: strings.token(),
};

beforeAll(async () => {
  for (const [name, secret] of Object.entries(operator)) canary.watchFor(`the operator's ${name}`, secret);
  for (const [name, secret] of Object.entries(variablesOf(operator))) vi.stubEnv(name, secret);
  synthesize();
  const stopListening = recorder.listenToOutput();
  try {
    await runPaths(PATHS_ON_DEMAND);
    for (const path of PATHS_OF_TICKS) await runPaths([path]);
  } finally {
    stopListening();
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What `cdk synth` does. */
function synthesize(): void {
  const app = createApp({ outdir: cdkOut });
  createStack({ connections: DEPLOYED }, app);
  app.synth();
}

/** Variables that an operator may have set. */
function variablesOf({ clientSecret, refreshToken, accessToken }: typeof operator): Record<string, string> {
  return {
    CLIENT_SECRET: clientSecret,
    REFRESH_TOKEN: refreshToken,
    ZOHO_CLIENT_SECRET: clientSecret,
    ZOHO_REFRESH_TOKEN: refreshToken,
    ZOHO_ACCESS_TOKEN: accessToken,
    ZOHO_CREDENTIALS: JSON.stringify({ client_secret: clientSecret, refresh_token: refreshToken }),
  };
}

/** Runs the paths in one deployment, each with a connection of its own. */
async function runPaths(paths: readonly CanaryPath[]): Promise<void> {
  const nameOf = (index: number) => `connection-${index}`;
  const connections = paths.map((_, index) => [nameOf(index), { dataCenter: 'eu', scopes: SCOPES }]);
  const deployment = await startDeployment({
    connections: Object.fromEntries(connections),
    knobs: { stateChangeEvents: CONNECTION_STATES },
    onMessage: (message) => noteNotification(recorder, message),
  });
  const aws = createAwsClientsWithoutRetries(deployment);
  const stopListening = listenToRequests(recorder, deployment);
  for (const [index, path] of paths.entries()) {
    recorder.begin(path.name);
    const connection = new CanaryConnection(deployment, nameOf(index), { canary, recorder, aws });
    await path.happen(connection);
    await connection.noteRow();
    reached.set(path.name, connection.reached);
  }
  stopListening();
  aws.dynamoDb.destroy();
  aws.secretsManager.destroy();
  aws.eventBridge.destroy();
  aws.sns.destroy();
  aws.kms.destroy();
  for (const { attributes } of deployment.aws.sns.messages)
    notified.add(`${attributes.problem} ${attributes.state}`);
  announced.push(
    ...deployment.aws.eventBridge.events.map(({ detail }) => (detail as { state: string }).state),
  );
  await deployment.close();
}

describe('no secret leaves the refresher', () => {
  const paths = [...PATHS_ON_DEMAND, ...PATHS_OF_TICKS].map((path) => [path.name, path.reaches] as const);
  const judge = (name: string, reaches: CanaryPath['reaches']) => {
    expect([...(reached.get(name) ?? [])]).toContain(reaches);
    expect(recorder.findings(canary, name)).toEqual([]);
  };

  it.each(paths)('with %s', judge);

  it('in an event: there were events of each kind', () => {
    expect(new Set(announced)).toEqual(new Set(CONNECTION_STATES));
  });

  it('in a notification: each problem was published when it began and when it was over', () => {
    const expected = PROBLEMS.flatMap((problem) => [`${problem} begun`, `${problem} over`]);
    const ways = new Set(recorder.said.map(({ way }) => way));

    expect([...notified].toSorted()).toEqual(expected.toSorted());
    for (const form of ['subject', 'mail', 'sms', 'https', 'sqs', 'lambda', 'attributes'])
      expect(ways).toContain(`notification, ${form}`);
  });

  it('for any failure code or outcome: all of them were reached', () => {
    const codes = new Set([...reached.values()].flatMap((each) => [...each]));

    const ofRefresher = (Object.keys(FAILURE_CLASSES) as FailureCode[]).filter(
      (code) => classOf(code) !== 'switched-off',
    );
    const unreached = [...ofRefresher, ...REFRESH_OUTCOMES].filter((code) => !codes.has(code));

    expect(unreached).toEqual([]);
  });

  it('through an invalid environment', async () => {
    recorder.begin('an invalid environment');
    const { clientSecret, refreshToken } = operator;
    const declared = {
      'crm-prod': { dataCenter: clientSecret, scopes: refreshToken, [clientSecret]: refreshToken },
    };
    const environment = {
      SECRET_PREFIX: `/${refreshToken}/`,
      DECLARED_CONNECTIONS: JSON.stringify(declared),
      MAX_IN_FLIGHT: clientSecret,
      ZOHO_TIMEOUT_SECONDS: refreshToken,
    };

    const { error } = await recorder.listenTo('configuration', () => parseConfig(environment));

    expect(error).toBeInstanceOf(InvalidConfigError);
    expect(recorder.findings(canary, 'an invalid environment')).toEqual([]);
  });
});

describe('no secret of the person who deploys', () => {
  it('is in the synthesized files', () => {
    recorder.begin('synthesis');

    recorder.noteFiles('cdk.out', cdkOut);

    const ways = recorder.said.filter(({ path }) => path === 'synthesis').map(({ way }) => way);
    expect(ways).toEqual(
      expect.arrayContaining(['cdk.out, ZohoTokenRefresher.template.json', 'cdk.out, index.mjs']),
    );
    expect(recorder.findings(canary, 'synthesis')).toEqual([]);
  });
});

describe('no secret leaves the process of the deployed bundle', () => {
  const events = [
    { action: 'refresh-due' },
    ...Object.keys(DEPLOYED).map((connection) => ({ action: 'refresh', connection, reason: 'operator' })),
    { action: 'refresh', connection: 'fine', reason: 'unauthorized', rejectedGeneration: 2 },
  ];
  let deployment: LocalDeployment<typeof systemClock>;
  let run: BundleRun;

  beforeAll(async () => {
    recorder.begin('the deployed bundle');
    deployment = await LocalDeployment.startOn(systemClock, { connections: DEPLOYED });
    const stopListening = listenToRequests(recorder, deployment);
    mkdirSync(join(folder, 'run'));
    run = await runBundle(copyDeployedBundle(cdkOut), {
      folder: join(folder, 'run'),
      routes: deployment.routes,
      events: [...events, injectFaults()],
      environment: {
        ...refresherEnvironment(parseSettings({ connections: DEPLOYED }), deployment.aws.tableName),
        _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'sandbox',
        AWS_SECRET_ACCESS_KEY: 'sandbox',
        AWS_ENDPOINT_URL_DYNAMODB: deployment.aws.dynamoDb.endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: deployment.aws.secretsManager.endpoint,
        AWS_ENDPOINT_URL_EVENTBRIDGE: deployment.aws.eventBridge.endpoint,
      },
    });
    stopListening();
    canary.watchFor('access token', deployment.readToken('fine')?.access_token ?? '');
    recorder.note('stdout', run.stdout);
    recorder.note('stderr', run.stderr);
    recorder.noteFiles('its folder', join(folder, 'run'));
  });
  afterAll(() => deployment.close());

  /** Injects into each connection what its name says, and returns an invalid event. */
  function injectFaults(): object {
    const [unreadable, refused, denied] = ['unreadable', 'refused', 'denied'].map(authorize);
    authorize('fine');
    deployment.putCredentials('unreadable', `client_secret=${unreadable?.clientSecret}`);
    const { refreshToken = '' } = refused ?? {};
    deployment.zoho.injectFault({ kind: 'error', error: refreshToken, refreshToken });
    deployment.aws.dynamoDb.faults.failNext({
      operation: 'GetItem',
      connection: 'denied',
      error: 'AccessDeniedException',
      message: `Value '${JSON.stringify(denied)}' at 'key' failed to satisfy constraint`,
      times: 2,
    });
    return { action: refreshToken, connection: refreshToken };
  }

  function authorize(connection: string): Authorization {
    const authorization = deployment.authorize(connection);
    canary.watchFor('client secret', authorization.clientSecret);
    canary.watchFor('refresh token', authorization.refreshToken);
    return authorization;
  }

  it('which registers, mints, publishes and answers', () => {
    const token = deployment.readToken('fine');

    expect(run.results).toEqual(
      expect.arrayContaining([
        { due: 3, refreshed: 1, failed: 2, skipped: 0 },
        { connection: 'fine', outcome: 'refreshed', generation: 3, expires_at: token?.expires_at },
      ]),
    );
    expect(token?.generation).toBe(3);
    expect(deployment.zoho.isValid(token?.access_token ?? '')).toBe(true);
  });

  it('on its standard streams, in its folder, its arguments, its environment or its requests', () => {
    expect(recorder.findings(canary, 'the deployed bundle')).toEqual([]);
  });

  it.each([
    'refreshed',
    'malformed_credentials',
    'unknown_zoho_error',
    'aws_access_denied',
    'invalid-request',
    '"xray_trace_id":"1-5759e988-bd862e3fe1be46a994272793"',
    '"Heartbeat":1',
    '"execArgv"',
  ])('although it did what was expected: its output has %s', (text) => {
    expect(`${run.stdout}${run.stderr}`).toContain(text);
  });
});
