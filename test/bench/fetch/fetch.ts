import { createZohoClient } from '../../../lambdas/client/index.ts';
import { accessTokenSecret } from '../../support/builders.ts';
import type { Benchmark, Goal, Measurement } from '../benchmark.ts';
import { Program } from '../program.ts';
import { interleave, medianOf, ratioOf, timed } from '../rounds.ts';

const PATH = '/crm/v8/Leads?fields=Last_Name';
const ROUNDS = 50;
const WARM_UP_ROUNDS = 20;
/** Of each subject, in a round. */
const CALLS = { one: 20, fifty: 100 } as const;

/** The GC of many calls at once takes its share, and a signal makes `fetch` slower. */
const GOALS = { one: { atMost: 2 }, fifty: { atMost: 2.5 } } as const;

/** An API call with the token in memory, and a fetch of the same URL with the same header. All read the body. */
export const fetchBenchmark: Benchmark = {
  title: 'zoho.fetch, against a bare fetch',
  retries: 3,
  measure: async () => {
    const [server] = await Program.start(new URL('./api-server.ts', import.meta.url));
    try {
      const origin = (await server?.ask<string>('serve')) ?? '';
      const subjects = { zoho: zohoFetch(origin), bare: bareFetch(origin), timed: timedFetch(origin) };
      return [
        ...(await measureAt(subjects, { concurrency: 1, calls: CALLS.one, goal: GOALS.one })),
        ...(await measureAt(subjects, { concurrency: 50, calls: CALLS.fifty, goal: GOALS.fifty })),
      ];
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

const HEADERS = { authorization: 'Zoho-oauthtoken 1000.0123456789abcdef.0123456789abcdef' };

function bareFetch(origin: string): Call {
  return () => fetch(`${origin}${PATH}`, { headers: HEADERS });
}

/** Ends in time, as every call of `zoho.fetch` does. */
function timedFetch(origin: string): Call {
  return () => fetch(`${origin}${PATH}`, { headers: HEADERS, signal: AbortSignal.timeout(60_000) });
}

async function measureAt(
  { zoho, bare, timed: timedCall }: Readonly<Record<'zoho' | 'bare' | 'timed', Call>>,
  { concurrency, calls, goal }: { readonly concurrency: number; readonly calls: number; readonly goal: Goal },
): Promise<Measurement[]> {
  const load = (call: Call) => timed(() => callMany(call, concurrency, calls));
  const subjects = { zoho: load(zoho), bare: load(bare), timed: load(timedCall) };
  await interleave(WARM_UP_ROUNDS, subjects);
  const rounds = await interleave(ROUNDS, subjects);
  const at = `at concurrency ${concurrency}`;
  const each = (name: keyof typeof subjects) => (1000 * medianOf(rounds, name)) / calls;
  return [
    {
      what: `${at}, compared with a bare fetch`,
      value: ratioOf(rounds, 'zoho', 'bare'),
      unit: 'times as long',
      goal,
    },
    {
      what: `${at}, compared with a fetch that has a timeout`,
      value: ratioOf(rounds, 'zoho', 'timed'),
      unit: 'times as long',
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
