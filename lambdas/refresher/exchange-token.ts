import { type LeasedConnection, outlasts } from '../core/connection/lease.ts';
import { MAX_COUNTED_AHEAD_MS } from '../core/connection/mint-budget.ts';
import { type Failure, InfrastructureError } from '../core/failures.ts';
import type { StoredCredentials } from '../core/ports.ts';
import {
  CREDENTIALS_ECHOED,
  LEASE_EXPIRED,
  noCredentials,
  SUPERSEDED,
} from '../core/refresh/refresh-failures.ts';
import type { FailedAttempt, PublishedAttempt } from '../core/refresh/refresh-transitions.ts';
import { planRefresh } from '../core/refresh/schedule.ts';
import type { AccessToken } from '../core/secrets/access-token.ts';
import { type Credentials, parseCredentials } from '../core/secrets/credentials.ts';
import { DATA_CENTERS } from '../core/zoho/data-centers.ts';
import type { TokenResponse } from '../core/zoho/token-response.ts';
import type { AttemptContext } from './refresh-context.ts';

/** What came of the work under the lease. */
export type Exchange =
  | ({ readonly kind: 'published' } & PublishedAttempt)
  | ({ readonly kind: 'failed'; readonly cause?: unknown } & FailedAttempt);

/**
 * Steps 3 to 5 of a refresh: credentials, mint, fenced publish. The caller holds the lease. Never throws for a failure
 * of Zoho or AWS, and always knows whether Zoho was asked and whether a version may stand in the secret.
 */
export async function exchangeToken(
  context: AttemptContext,
  leased: LeasedConnection,
  alreadyRead: StoredCredentials | undefined,
): Promise<Exchange> {
  const progress = {
    zohoWasAsked: false,
    tokenWasMinted: false,
    versionMayBeWritten: false,
    credentialsVersionId: undefined as string | undefined,
  };
  const fail = (failure: Failure, cause?: unknown, generationFound?: number): Exchange => ({
    kind: 'failed',
    failure,
    cause,
    generationFound,
    ...progress,
  });
  try {
    const stored = alreadyRead ?? (await context.credentials.read(leased.name, context.deadlines.work));
    if (stored.kind === 'empty') return fail(noCredentials(context.settings.secretPrefix, leased.name));
    progress.credentialsVersionId = stored.versionId;
    const parsed = parseCredentials(stored.text);
    if (!parsed.ok) return fail(parsed.failure);

    const startedAtMs = context.clock.now();
    if (isTooLate(context, leased, startedAtMs)) return fail(LEASE_EXPIRED);
    progress.zohoWasAsked = true;
    const response = await context.tokenEndpoint.refresh(parsed.credentials, context.deadlines.work);
    if (response.kind === 'refused') return fail(response.failure);
    if (repeatsCredentials(parsed.credentials, response.accessToken.reveal()))
      return fail(CREDENTIALS_ECHOED);
    progress.tokenWasMinted = true;

    const token = composeToken(context, leased, parsed.credentials, response, startedAtMs);
    progress.versionMayBeWritten = true;
    const publish = await context.tokens.publish(token, leased.token?.versionId, context.deadlines.work);
    if (publish.kind === 'not-stored') {
      progress.versionMayBeWritten = false;
      return fail(publish.error.failure, publish.error);
    }
    if (publish.kind === 'superseded') return fail(SUPERSEDED, undefined, publish.generationFound);
    return { kind: 'published', token, versionId: publish.versionId, credentialsVersionId: stored.versionId };
  } catch (error) {
    if (error instanceof InfrastructureError) return fail(error.failure, error);
    throw error;
  }
}

/** The lease must outlast the call; and the call must not come long after it was counted, or the count would be wrong. */
function isTooLate({ settings }: AttemptContext, { lease }: LeasedConnection, nowMs: number): boolean {
  const takenAtMs = lease.untilMs - settings.leaseMs;
  return !outlasts(lease, nowMs, settings.zohoTimeoutMs) || nowMs > takenAtMs + MAX_COUNTED_AHEAD_MS;
}

/**
 * The document that consumers will read. Its hour is counted from before the request, and never from before the token that
 * it follows, should this machine's clock be behind the one that published that. What Zoho left out is kept from before.
 */
function composeToken(
  { settings, random }: AttemptContext,
  leased: LeasedConnection,
  credentials: Credentials,
  response: TokenResponse & { kind: 'token' },
  startedAtMs: number,
): AccessToken {
  const issuedAtMs = Math.max(startedAtMs, leased.token?.issuedAtMs ?? 0);
  const expiresAtMs = issuedAtMs + response.lifetimeMs;
  const sameDataCenter = leased.dataCenter === credentials.dataCenter;
  const previousApiDomain = sameDataCenter ? leased.apiDomain : undefined;
  const unlessSecret = (text: string | undefined) =>
    text === undefined || response.accessToken.isIn(text) || repeatsCredentials(credentials, text)
      ? undefined
      : text;
  return {
    accessToken: response.accessToken,
    apiDomain:
      unlessSecret(response.apiDomain) ?? previousApiDomain ?? DATA_CENTERS[credentials.dataCenter].apiDomain,
    dataCenter: credentials.dataCenter,
    scope: unlessSecret(response.scope) ?? unlessSecret(credentials.scope) ?? leased.scope ?? '',
    connection: leased.name,
    generation: leased.generation,
    issuedAtMs,
    expiresAtMs,
    refreshAfterMs: planRefresh({ issuedAtMs, expiresAtMs }, settings, random),
  };
}

/** Zoho never says again what it was told: an answer that does is not published, for consumers would read it. */
function repeatsCredentials({ clientSecret, refreshToken }: Credentials, text: string): boolean {
  return clientSecret.isIn(text) || refreshToken.isIn(text);
}
