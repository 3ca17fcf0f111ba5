import type { AwsTime } from '../adapters/aws-time.ts';

/** How long the refresher is believed more than the clock: as long as the two disagree, within these bounds. */
const MIN_TRUST_MS = 5_000;
const MAX_TRUST_MS = 60_000;

interface Expiring {
  readonly generation: number;
  readonly expiresAtMs: number;
}

/**
 * How long a token is valid: by AWS's clock, or because the refresher has just said that it is valid. The client's time is wrong if
 * responses have no date, or a wrong one.
 */
export const createTokenLife = (time: AwsTime) => {
  let trusted: number | undefined;
  let trustedAtMs = 0;
  let trustedAtElapsedMs = 0;

  return {
    /** The refresher says that the published token, which has this generation, is valid. */
    trust(generation: number | undefined): void {
      trusted = generation;
      trustedAtMs = time.now();
      trustedAtElapsedMs = time.elapsed();
    },
    /** 0 or less for a token that has expired. */
    leftMs({ generation, expiresAtMs }: Expiring): number {
      const byClockMs = expiresAtMs - time.now();
      if (generation !== trusted) return byClockMs;
      const differenceMs = trustedAtMs - expiresAtMs;
      const trustMs = Math.min(Math.max(differenceMs, MIN_TRUST_MS), MAX_TRUST_MS);
      return Math.max(byClockMs, trustMs - (time.elapsed() - trustedAtElapsedMs));
    },
  };
};
