import type { Benchmark } from '../benchmark.ts';
import { Program } from '../program.ts';
import type { Grown } from './consumer.ts';
import { serveTokens } from './serve-tokens.ts';

const TENANTS = 10_000;
const MAX_MEGABYTES = 60;

/** A consumer of many connections, each with its token in memory, in a process of its own. */
export const tenants: Benchmark = {
  title: '10,000 tenants in one consumer process',
  // The resident memory of a process varies by some megabytes.
  retries: 2,
  measure: async () => {
    const { url, sockets, close } = await serveTokens();
    const environment = {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL: url,
    };
    const [consumer] = await Program.start(new URL('./consumer.ts', import.meta.url), {
      environment,
      execArgv: ['--expose-gc'],
    });
    try {
      const grown = await consumer?.ask<Grown>('measure', TENANTS);
      const goal = { atMost: MAX_MEGABYTES };
      return [
        { what: 'heap grows by', value: grown?.heapMb ?? Number.NaN, unit: 'MB', goal },
        { what: 'resident memory grows by', value: grown?.rssMb ?? Number.NaN, unit: 'MB', goal },
        { what: 'connections to Secrets Manager', value: sockets(), unit: 'sockets', goal: { atMost: 50 } },
      ];
    } finally {
      await consumer?.stop();
      close();
    }
  },
};
