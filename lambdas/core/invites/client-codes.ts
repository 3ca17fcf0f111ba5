import { SOONEST_DECISION_MS } from '../consent/consent-advice.ts';

/**
 * Zoho gives a client 10 codes in 10 minutes, and answers `access_denied` to more, which looks like a person's no. So the codes are
 * counted. Source: the page of limits in Zoho's OAuth documentation.
 */
export const MOST_CODES = 10;
const WINDOW_MS = 10 * 60_000;

export function hadTenCodes(codesMs: readonly number[], nowMs: number): boolean {
  return recent(codesMs, nowMs).length >= MOST_CODES;
}

/** The times with one more, without those that no longer count. */
export function withCode(codesMs: readonly number[], nowMs: number): readonly number[] {
  return [...recent(codesMs, nowMs), nowMs].slice(-MOST_CODES);
}

/** True if `access_denied` was not a person's decision. `afterMs`: since the browser was sent to Zoho. */
export function isTooManyCodes(codesMs: readonly number[], nowMs: number, afterMs: number): boolean {
  return hadTenCodes(codesMs, nowMs) || afterMs < SOONEST_DECISION_MS;
}

function recent(codesMs: readonly number[], nowMs: number): readonly number[] {
  return codesMs.filter((atMs) => atMs > nowMs - WINDOW_MS);
}
