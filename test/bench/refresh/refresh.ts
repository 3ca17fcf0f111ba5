import { systemClock } from '../../../lambdas/adapters/system-clock.ts';
import { LocalDeployment } from '../../../sandbox/deployment/local-deployment.ts';
import type { Benchmark, Measurement } from '../benchmark.ts';
import { Program } from '../program.ts';
import { medianOf, ratioOf } from '../rounds.ts';
import type { Surroundings } from './open-refresher.ts';
import type { Compared, Task } from './refresher-program.ts';

const CONNECTIONS = 15;
const LEASE_ROUNDS = 200;
/** Zoho issues ten tokens for a refresh token in ten minutes, and the refresher asks an operator to stop at eight. */
const REFRESH_ROUNDS = CONNECTIONS * 5;

/** The lease, against what it writes: two UpdateItems without conditions, with the same attributes. */
export const lease: Benchmark = {
  title: 'taking and releasing the lease, against two bare UpdateItems',
  retries: 2,
  measure: async () => await compare('lease', LEASE_ROUNDS, 2),
};

/** One attempt from the row, with all checks, metrics and log lines, against the six calls that it makes. */
export const refresh: Benchmark = {
  title: 'a whole refresh, against its six calls of AWS and Zoho',
  retries: 2,
  measure: async () => await compare('refresh', REFRESH_ROUNDS, 1.75),
};

async function compare(
  question: 'lease' | 'refresh',
  rounds: number,
  atMost: number,
): Promise<Measurement[]> {
  const deployment = await startDeployment();
  const [program] = await Program.start(new URL('./refresher-program.ts', import.meta.url));
  try {
    const surroundings: Surroundings = {
      config: deployment.config,
      endpoints: deployment.aws.endpoints,
      routes: deployment.routes,
    };
    const task: Task = { surroundings, rounds, connections: CONNECTIONS };
    const measured = (await program?.ask<Compared>(question, task)) ?? [];
    return [
      {
        what: 'compared with the bare calls',
        value: ratioOf(measured, 'product', 'bare'),
        unit: 'times as long',
        goal: { atMost },
      },
      { what: question, value: medianOf(measured, 'product'), unit: 'ms' },
      { what: 'the bare calls', value: medianOf(measured, 'bare'), unit: 'ms' },
    ];
  } finally {
    await program?.stop();
    await deployment.close();
  }
}

/** `ours-N` has its first token. `bare-N` has credentials, and its row is created by the first bare call. */
async function startDeployment() {
  const numbers = Array.from({ length: CONNECTIONS }, (_, n) => n);
  const connection = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;
  const names = numbers.flatMap((n) => [`ours-${n}`, `bare-${n}`]);
  const deployment = await LocalDeployment.startOn(systemClock, {
    connections: Object.fromEntries(names.map((name) => [name, connection])),
  });
  for (const name of names) deployment.authorize(name);
  for (const n of numbers) await deployment.refresh(`ours-${n}`);
  return deployment;
}
