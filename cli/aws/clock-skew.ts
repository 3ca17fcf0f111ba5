import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { passDates } from '../../lambdas/adapters/response-dates.ts';
import type { Clock } from '../../lambdas/core/ports.ts';

/**
 * Compares the clock with the `Date` of each response from now on. Returns by how many milliseconds the clock was behind AWS at
 * the last response (negative: ahead); undefined before the first one. A response that took long counts as no skew.
 */
export function watchClockSkew(client: SecretsManagerClient, clock: Pick<Clock, 'now'>) {
  let skewMs: number | undefined;
  passDates(client, {
    elapsed: () => clock.now(),
    correct: (date, sentAtMs) => {
      const dateMs = Date.parse(date ?? '');
      if (!Number.isNaN(dateMs)) skewMs = skewBetween(dateMs, sentAtMs, clock.now());
    },
  });
  return (): number | undefined => skewMs;
}

/** AWS wrote the date, in whole seconds, between the request and the response. */
function skewBetween(dateMs: number, sentAtMs: number, receivedAtMs: number): number {
  if (dateMs > receivedAtMs) return dateMs - receivedAtMs;
  return Math.min(0, dateMs + 1_000 - sentAtMs);
}
