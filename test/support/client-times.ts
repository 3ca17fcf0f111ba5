import { createAwsTime } from '../../lambdas/adapters/aws-time.ts';
import { type ClientClock, completeClock } from '../../lambdas/client/client-clock.ts';
import type { ManualClock } from '../../sandbox/deployment/clock.ts';

/** The clocks of a client's parts, from the one that a test controls. */
export function timesOf(given: ClientClock) {
  const clock = completeClock(given);
  return { clock, time: createAwsTime(clock) };
}

/** The `sleep` of a clock that the test advances. */
export function sleepOn(clock: ManualClock): ClientClock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve) => {
      for (const end of [clock.abortAfter(ms), signal]) {
        end?.addEventListener('abort', () => resolve());
        if (end?.aborted === true) resolve();
      }
    });
}

/** A clock for a client that moves only when the test advances it, deadlines included. */
export function clientClockOf(clock: ManualClock): ClientClock {
  return { now: () => clock.now(), sleep: sleepOn(clock) };
}
