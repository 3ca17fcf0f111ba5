import { createZohoClient } from '../../../lambdas/client/index.ts';
import { accessTokenSecret } from '../../support/builders.ts';
import type { Benchmark, Measurement } from '../benchmark.ts';
import { Program } from '../program.ts';
import { interleave, medianOf, ratioOf, timed } from '../rounds.ts';

const PATH = '/crm/v8/Leads?fields=Last_Name';
const ROUNDS = 60;
/** Of each subject, in a round. */
const CALLS = { one: 20, fifty: 100 } as const;

/** An API call with the token in memory, against a bare fetch of the same URL with the same header. Both read the body. */
export const fetchBenchmark: Benchmark = {
  title: 'zoho.fetch, against a bare fetch',
  retries: 3,
  measure: async () => {
    const [server] = await Program.start(new URL('./api-server.ts', import.meta.url));
    try {
      const origin = (await server?.ask<string>('serve')) ?? '';
      const subjects = { zoho: zohoFetch(origin), bare: bareFetch(origin) };
      return [...(await measureAt(subjects, 1, CALLS.one)), ...(await measureAt(subjects, 50, CALLS.fifty))];
    } finally {
      await server?.stop();
    }
  },
};

type Call = () => Promise<Response>;

function zohoFetch(endpoint: string): Call {
  const nowMs = Date.now();
  const SecretString = accessTokenSecret({
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 3_600_000,
    refreshAfterMs: nowMs + 3_240_000,
  });
  const zoho = createZohoClient({
    connection: 'crm-prod',
    metrics: 'off',
    endpoint,
    secretsManagerClient: { send: () => Promise.resolve({ SecretString }) },
  });
  return () => zoho.fetch(PATH);
}

function bareFetch(origin: string): Call {
  const headers = { authorization: 'Zoho-oauthtoken 1000.0123456789abcdef.0123456789abcdef' };
  return () => fetch(`${origin}${PATH}`, { headers });
}

async function measureAt(
  { zoho, bare }: Readonly<Record<'zoho' | 'bare', Call>>,
  concurrency: number,
  calls: number,
): Promise<Measurement[]> {
  const load = (call: Call) => timed(() => callMany(call, concurrency, calls));
  await interleave(5, { zoho: load(zoho), bare: load(bare) });
  const rounds = await interleave(ROUNDS, { zoho: load(zoho), bare: load(bare) });
  const at = `at concurrency ${concurrency}`;
  const each = (name: 'zoho' | 'bare') => (1000 * medianOf(rounds, name)) / calls;
  return [
    {
      what: `${at}, compared with a bare fetch`,
      value: ratioOf(rounds, 'zoho', 'bare'),
      unit: 'times as long',
      goal: { atMost: 2 },
    },
    { what: `${at}, zoho.fetch for each call`, value: each('zoho'), unit: 'µs' },
    { what: `${at}, a bare fetch for each call`, value: each('bare'), unit: 'µs' },
  ];
}

async function callMany(call: Call, concurrency: number, calls: number): Promise<void> {
  let left = calls;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const response = await call();
      await response.json();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}
