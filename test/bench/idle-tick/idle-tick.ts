import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { systemClock } from '../../../lambdas/adapters/system-clock.ts';
import { composeDependencies } from '../../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG } from '../../../lambdas/refresher/config.ts';
import { createHandler } from '../../../lambdas/refresher/create-handler.ts';
import { createPaces } from '../../../lambdas/refresher/paces.ts';
import { clientConfigFor } from '../../../sandbox/aws/client-config.ts';
import { createAwsClientsWithoutTimeouts } from '../../../sandbox/deployment/aws-clients-without-timeouts.ts';
import { contextOf } from '../../../sandbox/deployment/lambda-context.ts';
import type { Benchmark, Measurement } from '../benchmark.ts';
import { Program } from '../program.ts';
import { interleave, medianOf, ratioOf } from '../rounds.ts';

const SIZES = ['10', '1,000', '100,000'] as const;
type Size = (typeof SIZES)[number];

const ROUNDS = 15;
const TICKS_PER_ROUND = 5;

/** The whole handler with clients of the AWS SDK, in an environment that knows the size of its fleet. Nothing is due. */
export const idleTick: Benchmark = {
  title: 'a tick that finds nothing due, with 10, 1,000 and 100,000 connections',
  retries: 2,
  measure: async () => {
    const servers = await Program.start(new URL('./table-server.ts', import.meta.url), {
      count: SIZES.length,
    });
    try {
      const opened = await Promise.all(
        SIZES.map(async (size, at) => [size, openTick(size, await serve(servers[at], size))] as const),
      );
      const ticks = Object.fromEntries(opened) as Record<Size, Tick>;
      const subjects = Object.fromEntries(opened.map(([size, tick]) => [size, tick.cpuMs]));
      await interleave<Size>(3, subjects as Record<Size, Tick['cpuMs']>);
      // A new environment has looked for what an earlier deployment may have left.
      for (const { reset } of Object.values(ticks)) reset();
      const rounds = await interleave<Size>(ROUNDS, subjects as Record<Size, Tick['cpuMs']>);
      return [
        ...SIZES.map(
          (size): Measurement => ({
            what: `${size} connections: calls of AWS`,
            value: ticks[size].callsPerTick(),
            unit: 'calls',
            goal: { atMost: 2.5 },
          }),
        ),
        {
          what: 'CPU time with 100,000 connections, compared with 10',
          value: ratioOf(rounds, '100,000', '10'),
          unit: 'times as long',
          goal: { atMost: 5 },
        },
        ...SIZES.map((size) => ({
          what: `${size} connections: CPU time of a tick`,
          value: medianOf(rounds, size),
          unit: 'ms',
        })),
      ];
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
};

async function serve(server: Program | undefined, size: Size): Promise<string> {
  return (await server?.ask<string>('serve', rowsOf(size))) ?? '';
}

function rowsOf(size: Size): number {
  return Number(size.replace(',', ''));
}

interface Tick {
  /** CPU time of one tick, in milliseconds: the mean of some. */
  readonly cpuMs: () => Promise<number>;
  readonly callsPerTick: () => number;
  /** Counts from now on. */
  readonly reset: () => void;
}

function openTick(size: Size, endpoint: string): Tick {
  let calls = 0;
  let ticks = 0;
  const aws = createAwsClientsWithoutTimeouts(() => clientConfigFor(endpoint));
  for (const client of Object.values(aws))
    client.middlewareStack.add(
      (next: (args: unknown) => unknown) => (args: unknown) => {
        calls += 1;
        return next(args);
      },
      { step: 'finalizeRequest' },
    );
  const logger = new Logger({ serviceName: 'zoho', logLevel: 'SILENT' });
  const config = {
    ...DEFAULT_CONFIG,
    tableName: 'connections',
    secretPrefix: 'zoho',
    declaredConnections: {},
  };
  const dependencies = composeDependencies({
    config,
    clock: systemClock,
    random: Math.random,
    newLeaseOwner: randomUUID,
    aws,
    fetch: () => Promise.reject(new Error('An idle tick does not call Zoho.')),
    logger,
    writeMetricLine: () => {},
  });
  dependencies.fleet.remember(rowsOf(size), Date.now());
  const paces = createPaces(config, { elapsed: dependencies.clock.elapsed, wait });
  const handler = createHandler({ dependencies, config, logger, paces });
  return {
    callsPerTick: () => calls / ticks,
    reset: () => {
      calls = 0;
      ticks = 0;
    },
    cpuMs: async () => {
      const before = process.cpuUsage();
      for (let n = 0; n < TICKS_PER_ROUND; n += 1) {
        const result = await handler({ action: 'refresh-due' }, contextOf('schedule'));
        if (!('due' in result) || result.due > 0)
          throw new Error(`The tick was not idle: ${JSON.stringify(result)}`);
      }
      ticks += TICKS_PER_ROUND;
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000 / TICKS_PER_ROUND;
    },
  };
}
