import type { RefusedCredentials } from '../connection/connection.ts';
import { PROBE_INTERVAL_MS } from './schedule.ts';

/** Far more than operators write within an hour. Bounds the size of the row. */
const MAX_REMEMBERED = 50;

/** Adds a refusal and forgets those older than an hour. */
export function recordRefusal(
  refused: readonly RefusedCredentials[],
  versionId: string,
  nowMs: number,
): readonly RefusedCredentials[] {
  const others = recentRefusals(refused, nowMs).filter((refusal) => refusal.versionId !== versionId);
  return [...others, { versionId, atMs: nowMs }].slice(-MAX_REMEMBERED);
}

/** Forgets a version that Zoho has accepted. */
export function recordAcceptance(
  refused: readonly RefusedCredentials[],
  versionId: string | undefined,
): readonly RefusedCredentials[] {
  return refused.filter((refusal) => refusal.versionId !== versionId);
}

/**
 * The refusals of the last hour. Secrets Manager's reads are eventually consistent, so a version that was replaced may be
 * read again: one that was refused is not a change, however often it comes back.
 */
export function recentRefusals(
  refused: readonly RefusedCredentials[],
  nowMs: number,
): readonly RefusedCredentials[] {
  return refused.filter(({ atMs }) => nowMs < atMs + PROBE_INTERVAL_MS);
}
