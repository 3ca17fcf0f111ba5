import type { World } from '../../lambdas/refresher/compose-refresher.ts';

/** What `limit-waits.ts` allows for calls of AWS. All other short times are pauses before another try of a publish. */
const LIMITS_MS = [3_000, 5_000];
const LONGEST_PAUSE_MS = 8_000;

/** The same clock, on which no one waits for another try: the sandbox's clock stands still. */
export function withoutPauses(clock: World['clock']): World['clock'] {
  const isPause = (ms: number) => ms <= LONGEST_PAUSE_MS && !LIMITS_MS.includes(ms);
  return {
    now: () => clock.now(),
    abortAfter: (ms) => (isPause(ms) ? AbortSignal.abort() : clock.abortAfter(ms)),
  };
}
