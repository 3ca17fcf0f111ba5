import { Storm } from '../../simulation/fleets/storm.ts';
import type { Benchmark } from '../benchmark.ts';

const CONNECTIONS = 500;
/** Two writes for each token, at the 50 a second that Secrets Manager allows in an account and region. */
const FASTEST_SECONDS = (2 * CONNECTIONS) / 50;

/**
 * Zoho's APIs reject the tokens of 500 connections at once, and each complains in a Lambda environment of its own. The refresher's code
 * in simulated time, which does not depend on the machine.
 */
export const storm: Benchmark = {
  title: '500 connections get a 401 at once, in simulated time, with 50 writes a second in Secrets Manager',
  measure: async () => {
    const world = new Storm(CONNECTIONS);
    const calls = world.names.map((name) => world.complain(name));
    const answers = await world.time.run(Promise.all(calls));
    const refreshed = answers.filter(({ outcome }) => outcome === 'refreshed').length;
    const lastSeconds = Math.max(...answers.map(({ afterMs }) => afterMs)) / 1000;
    const all = { atLeast: CONNECTIONS, atMost: CONNECTIONS };
    return [
      {
        what: 'minted tokens that were not published',
        value: world.minted - world.published,
        unit: 'tokens',
        goal: { atMost: 0, atLeast: 0 },
      },
      { what: 'tokens minted', value: world.minted, unit: 'mints', goal: all },
      { what: 'callers with a newer token', value: refreshed, unit: 'callers', goal: all },
      {
        what: 'time until the last one, compared with what the writes take at least',
        value: lastSeconds / FASTEST_SECONDS,
        unit: 'times as long',
        goal: { atMost: 1.5 },
      },
      { what: 'time until the last one', value: lastSeconds, unit: 's' },
      { what: 'writes that Secrets Manager refused', value: world.refusedWrites, unit: 'writes' },
    ];
  },
};
