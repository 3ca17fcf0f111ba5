import { systemClock } from '../../../lambdas/adapters/system-clock.ts';
import { startSandboxServer } from '../../../sandbox/serve/sandbox-server.ts';
import type { Benchmark } from '../benchmark.ts';
import { Program } from '../program.ts';
import { medianOf, ratioOf } from '../rounds.ts';
import type { StatusRounds } from './operator.ts';

const CONNECTIONS = 10_000;
const ROUNDS = 4;

const COMMANDS = { status: 'status', all: 'status --all' } as const;

/** The command below its entry: starting Node.js is not included. CloudWatch and SSM are simulators. */
export const status: Benchmark = {
  title: 'zoho-tokens status with 10,000 connections, against a scan that prints the rows',
  retries: 2,
  measure: async () => {
    const server = await startSandboxServer({ clock: systemClock, connections: {} });
    const [table] = await Program.start(new URL('./scan-server.ts', import.meta.url));
    try {
      const { NODE_OPTIONS: _, ZOHO_SANDBOX_URL: __, ...environment } = server.environment;
      const [operator] = await Program.start(new URL('./operator.ts', import.meta.url), {
        environment: {
          ...environment,
          AWS_ENDPOINT_URL_DYNAMODB: (await table?.ask<string>('serve', CONNECTIONS)) ?? '',
        },
      });
      const { cloudWatch } = server.aws;
      const rounds =
        (await operator?.ask<StatusRounds>('measure', { rounds: ROUNDS, rows: CONNECTIONS })) ?? [];
      const runs = (ROUNDS + 1) * Object.keys(COMMANDS).length;
      await operator?.stop();
      const names = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[];
      return [
        ...names.map((name) => ({
          what: `${COMMANDS[name]}, compared with the scan`,
          value: ratioOf(rounds, name, 'bare'),
          unit: 'times as long',
          goal: { atMost: 3 },
        })),
        {
          what: 'calls of CloudWatch',
          value: cloudWatch.calls.length / runs,
          unit: 'calls',
          goal: { atMost: 3 },
        },
        ...names.map((name) => ({ what: COMMANDS[name], value: medianOf(rounds, name), unit: 'ms' })),
        { what: 'the scan', value: medianOf(rounds, 'bare'), unit: 'ms' },
      ];
    } finally {
      await table?.stop();
      await server.close();
    }
  },
};
