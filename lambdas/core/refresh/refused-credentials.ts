import {
  type Connection,
  hasValidToken,
  isInService,
  type RefusedCredentials,
} from '../connection/connection.ts';
import { classOf, type FailureCode } from '../failures.ts';
import { PROBE_INTERVAL_MS } from './renewal-times.ts';

/**
 * Zoho can be wrong for a minute, and a wrong refusal that is believed costs the token of everyone who uses the connection. So a
 * refusal is confirmed before a connection with a valid token is blocked, and Zoho is asked again at growing intervals.
 */

/**
 * When Zoho is asked again after the first refusal: about 1, 3 and 8 minutes later. Each is 15 s less than a number of ticks, so
 * that the tick at that time finds it due.
 */
const ASKED_AGAIN_AFTER_MS = [45_000, 165_000, 465_000] as const;

/**
 * Until an hour after the first refusal. Short enough that a token is back at most 3 minutes later than Zoho takes to correct
 * itself and the published token was still valid: it is renewed at least 5 minutes before it expires.
 */
const ASKED_AGAIN_EVERY_MS = 6 * 60_000 - 15_000;

/** A refusal that Zoho repeats this long after the first is believed. */
const CONFIRMED_AFTER_MS = 150_000;

/** Far more than operators write within an hour. Bounds the size of the row. */
const MAX_REMEMBERED = 50;

/**
 * Adds a refusal. Of others, it keeps those after which Zoho is not asked again yet, and those of the last hour: the old and the new
 * secret of a client may be refused in turn.
 */
export function recordRefusal(
  refused: readonly RefusedCredentials[],
  versionId: string,
  nowMs: number,
): readonly RefusedCredentials[] {
  const others = refused.filter(
    (refusal) =>
      refusal.versionId !== versionId &&
      nowMs < Math.max(askedAgainAtMs(refusal), refusal.atMs + PROBE_INTERVAL_MS),
  );
  const firstAtMs = refusalOf(refused, versionId)?.firstAtMs ?? nowMs;
  return [...others, { versionId, firstAtMs, atMs: nowMs }].slice(-MAX_REMEMBERED);
}

/** Forgets a version that Zoho has accepted. */
export function recordAcceptance(
  refused: readonly RefusedCredentials[],
  versionId: string | undefined,
): readonly RefusedCredentials[] {
  return refused.filter((refusal) => refusal.versionId !== versionId);
}

/**
 * The refusals after which Zoho is not asked again yet. Secrets Manager's reads are eventually consistent, so a version that
 * was replaced may be read again: one that was refused is not a change, however often it comes back.
 */
export function recentRefusals(
  refused: readonly RefusedCredentials[],
  nowMs: number,
): readonly RefusedCredentials[] {
  return refused.filter((refusal) => nowMs < askedAgainAtMs(refusal));
}

/** When Zoho is asked again about credentials that it refused. An hour after the first refusal: every hour. */
export function askedAgainAtMs({ firstAtMs, atMs }: RefusedCredentials): number {
  const sinceFirstMs = atMs - firstAtMs;
  const latestMs = atMs + PROBE_INTERVAL_MS;
  if (sinceFirstMs >= PROBE_INTERVAL_MS) return latestMs;
  const afterMs = ASKED_AGAIN_AFTER_MS.find((offsetMs) => offsetMs > sinceFirstMs);
  return Math.min(afterMs === undefined ? atMs + ASKED_AGAIN_EVERY_MS : firstAtMs + afterMs, latestMs);
}

export function refusalOf(
  refused: readonly RefusedCredentials[],
  versionId: string,
): RefusedCredentials | undefined {
  return refused.find((refusal) => refusal.versionId === versionId);
}

/** Where Zoho refused credentials, and how far that is to be believed. */
export interface RefusalContext {
  readonly code: FailureCode;
  /** The version that was refused. Undefined if it is not known. */
  readonly versionId: string | undefined;
  /** True if Zoho refuses many connections of several clients at once, which is no sign that this one's are wrong. */
  readonly isMassRefusal: boolean;
}

/**
 * True if the connection is blocked for a refusal. It is asked again first if Zoho accepted these credentials before and the
 * published token is still valid: until then, believing a wrong answer costs more than asking. A mass refusal is believed
 * after an hour.
 */
export function isConfirmed(
  connection: Connection,
  { code, versionId, isMassRefusal }: RefusalContext,
  nowMs: number,
): boolean {
  if (versionId === undefined || !mayBeWrong(connection, code, versionId)) return true;
  const firstAtMs = refusalOf(connection.refusedCredentials, versionId)?.firstAtMs ?? nowMs;
  if (isMassRefusal) return nowMs >= firstAtMs + PROBE_INTERVAL_MS;
  return !hasValidToken(connection, nowMs) || nowMs >= firstAtMs + CONFIRMED_AFTER_MS;
}

/** What our own parser refuses. */
const OUR_OWN: readonly FailureCode[] = [
  'malformed_credentials',
  'unknown_data_center',
  'unknown_client',
  'malformed_client',
  'client_without_data_center',
];

/** True if Zoho refuses credentials that it accepted before. What our own parser refuses is certain. */
export function mayBeWrong(connection: Connection, code: FailureCode, versionId: string): boolean {
  return (
    isRefusal(code) &&
    !OUR_OWN.includes(code) &&
    isInService(connection.status) &&
    connection.credentialsVersionId === versionId
  );
}

/** True if Zoho refused the credentials of a connection that is not blocked yet, and is asked again. */
export function isRefusedOnce(connection: Connection): boolean {
  const { lastFailure } = connection;
  return isInService(connection.status) && lastFailure !== undefined && isRefusal(lastFailure.code);
}

function isRefusal(code: FailureCode): boolean {
  const failureClass = classOf(code);
  return failureClass === 'reauthorize' || failureClass === 'configuration';
}

/** True if Zoho refused the secret of the client: then a new one is tried, if there is one. */
export function isSecretRefused({ lastFailure }: Connection): boolean {
  return lastFailure?.code === 'invalid_client_secret';
}

/** True if the one version was refused later than the other, which may not have been refused at all. */
export function isRefusedLater(
  refused: readonly RefusedCredentials[],
  versionId: string,
  otherVersionId: string,
): boolean {
  const refusedAtMs = (id: string) => refusalOf(refused, id)?.atMs ?? Number.NEGATIVE_INFINITY;
  return refusedAtMs(versionId) > refusedAtMs(otherVersionId);
}
