import type { AwsTime } from '../adapters/aws-time.ts';
import type { CompleteClock } from './client-clock.ts';
import type { Warn } from './warn-once.ts';

/** Smaller differences do no harm: tokens are replaced at least five minutes before they expire. */
const SYSTEM_DIFFERENCE_MS = 5 * 60_000;
/** Clocks that are kept by AWS, and the whole seconds of its dates, differ by less. */
const EXPIRY_DIFFERENCE_MS = 60_000;

/** Warns if the system's clock differs from AWS's. */
export const warnAboutSystemClock = (warn: Warn, clock: CompleteClock, time: AwsTime): void => {
  const aheadMs = clock.now() - time.now();
  if (Math.abs(aheadMs) <= SYSTEM_DIFFERENCE_MS) return;
  const how = `${minutesOf(aheadMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
  warnAbout(warn, 'system', `The clock of this machine is ${how} AWS's.`);
};

/** Warns if a token that is valid by the refresher's clock expired long ago by this process's time. */
export const warnAboutExpiry = (warn: Warn, connection: string, expiredMs: number): void => {
  if (expiredMs < EXPIRY_DIFFERENCE_MS) return;
  const when = `${minutesOf(expiredMs)} ago by the clock of this machine`;
  warnAbout(warn, 'expired', `The refresher calls the token of ${connection} valid, which expired ${when}.`);
};

const warnAbout = (warn: Warn, reason: string, problem: string): void => {
  warn({ code: 'clock_wrong', reason, message: `${problem} Correct it.` });
};

const minutesOf = (ms: number): string => `${Math.round(Math.abs(ms) / 60_000)} min`;
