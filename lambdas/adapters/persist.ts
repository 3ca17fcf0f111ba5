import { type FailureCode, InfrastructureError } from '../core/failures.ts';
import type { Clock } from '../core/ports.ts';

/** What the pauses between two tries depend on. */
export interface Pauses {
  readonly clock: Pick<Clock, 'abortAfter'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Called each time AWS throttles a call, after the AWS SDK has tried it several times. */
  readonly onThrottled?: () => void;
}

/** How often a call is tried, on top of the attempts of the AWS SDK. That takes more than two minutes, so the signal ends it first. */
export const MOST_TRIES = 30;

/**
 * The first pause, by what passes. Many callers that are throttled at once would be throttled again soon: with 2 s, 500 of them make half
 * as many requests as with 250 ms, and are done as soon.
 */
const FIRST_PAUSES_MS: Readonly<Partial<Record<FailureCode, number>>> = {
  aws_throttled: 2_000,
  aws_unavailable: 250,
};
const LONGEST_PAUSE_MS = 8_000;

/**
 * Tries a call of AWS until it succeeds, fails for a reason that does not pass, or the signal aborts. For work that is lost if it is
 * given up, such as a token that Zoho has issued and counted. Without pauses there is one try.
 */
export async function persist<Answer>(
  pauses: Pauses | undefined,
  signal: AbortSignal,
  call: () => Promise<Answer>,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const code = error instanceof InfrastructureError ? error.code : undefined;
      const firstMs = code && FIRST_PAUSES_MS[code];
      if (pauses === undefined || firstMs === undefined || tries === MOST_TRIES) throw error;
      if (code === 'aws_throttled') pauses.onThrottled?.();
      await pause(pauses.clock, pauseMs(firstMs, tries, pauses.random), signal);
      if (signal.aborted) throw error;
    }
  }
}

/** Half of it is jitter, so that callers that were throttled together do not come back together. */
function pauseMs(firstMs: number, tries: number, random: () => number): number {
  const longestMs = Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** (tries - 1));
  return Math.round(longestMs * (0.5 + random() / 2));
}

/** Resolves after this time, or when the signal aborts. */
function pause(clock: Pauses['clock'], ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const ends = [clock.abortAfter(ms), signal];
    // The timer of a clock does not keep Node.js running: with nothing else to do, Lambda's runtime would end the process.
    const keepsRunning = setTimeout(() => {}, ms);
    const end = () => {
      clearTimeout(keepsRunning);
      for (const each of ends) each.removeEventListener('abort', end);
      resolve();
    };
    for (const each of ends) each.addEventListener('abort', end);
    if (ends.some(({ aborted }) => aborted)) end();
  });
}
