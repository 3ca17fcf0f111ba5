import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import secretsManager from '@middy/secrets-manager';
import { OAuth2Client } from 'google-auth-library';
import { createZohoClient } from '../../../lambdas/client/index.ts';
import { LocalDeployment } from '../../../sandbox/deployment/local-deployment.ts';
import type { Benchmark, Measurement } from '../benchmark.ts';
import { interleave, medianOf, ratioOf } from '../rounds.ts';

const ROUNDS = 200;
/** A batch takes well under a millisecond, so that other load on the machine affects a whole round, or none of it. */
const CALLS_PER_BATCH = 5_000;
const CALLS_PER_SLOW_BATCH = 100;

const NAMES = {
  bare: 'a resolved promise',
  clock: 'the same, and Date.now()',
  zoho: 'getAccessToken()',
  powertools: 'Powertools getSecret',
  google: 'google-auth-library',
  middy: '@middy/secrets-manager',
};
type Name = keyof typeof NAMES;

/** Awaits a call so many times. Each has a loop of its own, which the engine compiles for this call alone. */
type Loop = (calls: number) => Promise<void>;

/** The cached path of the client, in one run with a bare await and with other libraries that cache. */
export const hotPath: Benchmark = {
  title: 'a token from memory, awaited, beside other caches',
  retries: 3,
  measure: async () => {
    const deployment = await LocalDeployment.start({
      startMs: Date.now(),
      connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    });
    const config = deployment.aws.clientConfig('secretsmanager');
    const secretsManagerClient = new SecretsManagerClient(config);
    try {
      deployment.authorize('crm-prod');
      await deployment.tick();
      const loops = startLoops(secretsManagerClient, config);
      await Promise.all(Object.values(loops).map((loop) => loop(1)));
      const subjects = Object.entries(loops).map(([name, loop]) => [name, nanosecondsOf(name, loop)]);
      return toMeasurements(await interleave<Name>(ROUNDS, Object.fromEntries(subjects)));
    } finally {
      secretsManagerClient.destroy();
      await deployment.close();
    }
  },
};

function nanosecondsOf(name: string, loop: Loop): () => Promise<number> {
  const calls = name === 'middy' ? CALLS_PER_SLOW_BATCH : CALLS_PER_BATCH;
  return async () => {
    const startedAtMs = performance.now();
    await loop(calls);
    return ((performance.now() - startedAtMs) * 1e6) / calls;
  };
}

/** The goals are about the median of the rounds' ratios. */
function toMeasurements(rounds: Awaited<ReturnType<typeof interleave<Name>>>): Measurement[] {
  const times = Object.entries(NAMES).map(([name, what]) => ({
    what: `await of ${what}`,
    value: medianOf(rounds, name as Name),
    unit: 'ns',
  }));
  return [
    {
      what: 'getAccessToken() compared with a resolved promise',
      value: ratioOf(rounds, 'zoho', 'bare'),
      unit: 'times as long',
      goal: { atMost: 2 },
    },
    {
      what: 'Powertools getSecret compared with getAccessToken()',
      value: ratioOf(rounds, 'powertools', 'zoho'),
      unit: 'times as long',
      goal: { atLeast: 3 },
    },
    ...times,
  ];
}

function startLoops(client: SecretsManagerClient, config: object): Record<Name, Loop> {
  const zoho = createZohoClient({
    connection: 'crm-prod',
    metrics: 'off',
    secretsManagerClient: client,
  });
  const powertools = new SecretsProvider({ awsSdkV3Client: client });
  const google = new OAuth2Client('client', 'secret');
  google.setCredentials({ access_token: 'token', expiry_date: Date.now() + 3_600_000 });
  const middy = startMiddy(config);
  const resolved = Promise.resolve({});
  return {
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
}

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
