import type { RefreshDependencies } from './refresh-context.ts';

/** Clocks that are kept by NTP differ by far less. */
const REPORTED_MS = 60_000;

/**
 * Reports clocks that were more than a minute off in this invocation. No one has to act: AWS's time is used. True if the machine's own
 * was.
 */
export function reportSkews({
  clock,
  metrics,
  log,
}: Pick<RefreshDependencies, 'clock' | 'metrics' | 'log'>): boolean {
  const { ownMs, zohoMs } = clock.takeSkews();
  const isOwnWrong = Math.abs(ownMs) > REPORTED_MS;
  if (isOwnWrong) {
    metrics.record({ ClockSkewSeconds: Math.abs(seconds(ownMs)) });
    log.warn("this machine's clock is wrong", {
      secondsAhead: seconds(ownMs),
      reason: "It differs from the dates of AWS's responses. The time of AWS is used.",
    });
  }
  if (Math.abs(zohoMs) > REPORTED_MS) {
    log.warn("Zoho's clock differs from AWS's", {
      secondsAhead: seconds(zohoMs),
      reason: 'The time of AWS is used.',
    });
  }
  return isOwnWrong;
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
