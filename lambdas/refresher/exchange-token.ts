import { clientKeyOf } from '../core/connection/client-key.ts';
import { hasOwnMetrics } from '../core/connection/declared-connection.ts';
import { type LeasedConnection, outlasts } from '../core/connection/lease.ts';
import { MAX_COUNTED_AHEAD_MS } from '../core/connection/mint-budget.ts';
import {
  type AnnouncedAuthorization,
  announcedAuthorizationOf,
} from '../core/consent/announced-authorization.ts';
import { type Failure, type FailureCode, InfrastructureError } from '../core/failures.ts';
import { chooseApiDomain } from '../core/refresh/choose-api-domain.ts';
import { composeToken } from '../core/refresh/compose-token.ts';
import { repeatsCredentials } from '../core/refresh/minted-token.ts';
import {
  CREDENTIALS_ECHOED,
  LEASE_EXPIRED,
  SUPERSEDED,
  unwritableToken,
} from '../core/refresh/refresh-failures.ts';
import type { FailedAttempt, PublishedAttempt, UsedClient } from '../core/refresh/refresh-transitions.ts';
import { mayBeWrong } from '../core/refresh/refused-credentials.ts';
import { planRefresh } from '../core/refresh/renewal-times.ts';
import { type Credentials, parseCredentials } from '../core/secrets/credentials.ts';
import type { TokenResponse } from '../core/zoho/token-response.ts';
import { noticeChanges } from './notice-changes.ts';
import { promoteClient } from './promote-client.ts';
import {
  type CredentialsRead,
  type FoundCredentials,
  judgedVersionOf,
  readCredentials,
} from './read-credentials.ts';
import type { AttemptContext } from './refresh-context.ts';
import { findSuccessor, keepRotatedToken } from './rotated-token.ts';

/** The result of the work under the lease. */
export type Exchange = {
  /** Of the credentials, if they could be parsed. */
  readonly authorization?: AnnouncedAuthorization | undefined;
} & (
  | ({ readonly kind: 'published' } & PublishedAttempt)
  | ({ readonly kind: 'failed'; readonly cause?: unknown } & FailedAttempt)
);

/**
 * Reads the credentials, mints, and publishes with the fence. The caller holds the lease. Never throws for a failure
 * of Zoho or AWS. The result says whether Zoho was called and whether a version may have been written.
 */
export async function exchangeToken(
  context: AttemptContext,
  leased: LeasedConnection,
  alreadyRead: FoundCredentials | undefined,
): Promise<Exchange> {
  const progress = {
    zohoWasAsked: false,
    tokenWasMinted: false,
    versionMayBeWritten: false,
    isMassRefusal: false,
    credentialsVersionId: undefined as string | undefined,
    successorVersionId: undefined as string | undefined,
    client: undefined as UsedClient | undefined,
    clientKey: undefined as string | undefined,
    authorization: undefined as AnnouncedAuthorization | undefined,
  };
  const fail = (failure: Failure, cause?: unknown, generationFound?: number): Exchange => ({
    kind: 'failed',
    failure,
    cause,
    generationFound,
    ...progress,
  });
  try {
    const read: CredentialsRead = alreadyRead
      ? { kind: 'found', stored: alreadyRead }
      : await readCredentials(context, leased);
    if (read.kind === 'failed') {
      progress.client = read.client === undefined ? undefined : { name: read.client, isPending: false };
      return fail(read.failure, read.cause);
    }
    const { stored } = read;
    const { shared } = stored;
    progress.credentialsVersionId = judgedVersionOf(stored);
    progress.client = shared && { name: shared.name, isPending: shared.replaces !== undefined };
    const parsed = parseCredentials(stored.text, shared?.version.text);
    if (!parsed.ok) return fail(parsed.failure);
    const clientKey = clientKeyOf(parsed.credentials);
    progress.clientKey = clientKey;
    progress.authorization = announcedAuthorizationOf(parsed.credentials);

    const startedAtMs = context.clock.now();
    if (isTooLate(context, leased, startedAtMs)) return fail(LEASE_EXPIRED);
    progress.zohoWasAsked = true;
    const response = await context.tokenEndpoint.refresh(parsed.credentials, context.deadlines.work);
    context.dataCenters.record(parsed.credentials.dataCenter, {
      connection: leased.name,
      isAnswered: !isUnanswered(response),
    });
    rememberClient(context, leased, clientKey, response);
    progress.isMassRefusal = remember(
      context,
      leased,
      { ...parsed.credentials, versionId: progress.credentialsVersionId },
      response,
    );
    progress.tokenWasMinted = response.kind === 'refused' && response.failure.code === 'token_too_long';
    progress.successorVersionId = await findSuccessor(context, leased.name, stored, response);
    if (response.kind === 'refused') {
      const answer = { connection: leased, credentials: parsed.credentials, response };
      if (response.refreshToken !== undefined)
        progress.credentialsVersionId = await keepRotatedToken(context, answer, stored);
      return fail(response.failure);
    }
    const minted = { connection: leased, credentials: parsed.credentials, response, startedAtMs };
    noticeChanges(context, minted);
    await promoteClient(context, leased.name, stored);
    progress.credentialsVersionId = await keepRotatedToken(context, minted, stored);
    if (repeatsCredentials(minted, response.accessToken.reveal())) return fail(CREDENTIALS_ECHOED);
    progress.tokenWasMinted = true;

    const { settings, random, planRenewal } = context;
    const token = composeToken(
      minted,
      (life) => planRenewal?.(leased.name, life) ?? planRefresh(life, settings, random),
      hasOwnMetrics(settings, leased.name),
    );
    progress.versionMayBeWritten = true;
    const publish = await context.tokens.publish(token, leased.token?.versionId, context.deadlines.work);
    if (publish.kind === 'not-stored') {
      progress.versionMayBeWritten = false;
      const { failure } = publish.error;
      return fail(unwritableToken(context.settings.secretPrefix, leased, failure), publish.error);
    }
    if (publish.kind === 'superseded') return fail(SUPERSEDED, undefined, publish.generationFound);
    return {
      kind: 'published',
      token,
      ignoredApiDomain: chooseApiDomain(minted).ignored,
      versionId: publish.versionId,
      credentialsVersionId: progress.credentialsVersionId,
      client: shared?.name,
      clientKey,
      authorization: progress.authorization,
    };
  } catch (error) {
    if (error instanceof InfrastructureError) return fail(error.failure, error);
    throw error;
  }
}

/** Remembers what Zoho says of credentials that it had accepted. True if it refuses those of many connections. */
function remember(
  { answers, clock }: AttemptContext,
  leased: LeasedConnection,
  { dataCenter, clientId, versionId }: Pick<Credentials, 'dataCenter' | 'clientId'> & { versionId: string },
  response: TokenResponse,
): boolean {
  const wasRefused = response.kind === 'refused';
  if (wasRefused && !mayBeWrong(leased, response.failure.code, versionId)) return false;
  const atMs = clock.now();
  answers.record({ connection: leased.name, dataCenter, clientId, wasRefused, atMs });
  return wasRefused && answers.isMassRefusal(dataCenter, atMs);
}

/** Remembers whether Zoho throttles the client. Any other answer says nothing about that. */
function rememberClient(
  { clientLimits, clock }: AttemptContext,
  { name, mintsMs }: LeasedConnection,
  clientKey: string,
  response: TokenResponse,
): void {
  if (response.kind === 'token') clientLimits.minted(clientKey, clock.elapsed());
  else if (response.failure.code === 'throttled')
    clientLimits.throttled(
      clientKey,
      { connection: name, callsMs: mintsMs, nowMs: clock.now() },
      clock.elapsed(),
    );
}

/** True if the call could outlast the lease, or would come so long after it was counted that the count is wrong. */
function isTooLate({ settings }: AttemptContext, { lease }: LeasedConnection, nowMs: number): boolean {
  const takenAtMs = lease.untilMs - settings.leaseMs;
  return !outlasts(lease, nowMs, settings.zohoTimeoutMs) || nowMs > takenAtMs + MAX_COUNTED_AHEAD_MS;
}

/** True if the data center, and not the connection, may be the cause. */
function isUnanswered(response: TokenResponse): boolean {
  return response.kind === 'refused' && UNANSWERED.includes(response.failure.code);
}

const UNANSWERED: readonly FailureCode[] = ['timeout', 'network_error', 'server_error'];
