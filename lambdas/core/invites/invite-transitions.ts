import type { AuthorizedBy } from '../consent/authorized-by.ts';
import {
  ATTEMPTS_WINDOW_MS,
  CODE_MS,
  CONFIRM_MS,
  type Ending,
  type HeldGrant,
  type Invite,
  KEEP_OLD_MS,
  LEASE_MS,
  LOOK_AGAIN_MS,
  MOST_ATTEMPTS,
  type OldToken,
  type Stage,
} from './invite.ts';
import type { FailureReason, Mismatch } from './invite-status.ts';

/** The invite before a write: version and name of the write are the store's. */
type Next = Invite;

/** A process takes the invite. Its lease must be free. If the process dies, the sweep continues when the lease ends. */
export function takeLease(invite: Invite, owner: string, nowMs: number): Next {
  const untilMs = nowMs + LEASE_MS;
  return { ...invite, lease: { owner, untilMs }, sweepAtMs: untilMs };
}

/** The next step of a process that holds the lease. */
function step(invite: Invite, stage: Stage): Next {
  return { ...invite, stage };
}

/** The process has no more to do. `sweepAtMs`: when someone must look again. */
function rest(invite: Invite, stage: Stage, sweepAtMs?: number): Next {
  return { ...invite, stage, lease: undefined, sweepAtMs };
}

/** No one works on it, and visitors may come until it expires. An event is sent then. */
function reopen(invite: Invite, last?: Ending): Next {
  return rest(invite, { kind: 'open', last }, invite.expiresAtMs);
}

/** One more visitor is sent to Zoho; undefined if too many were in the last hour. */
export function beginAttempt(invite: Invite, nowMs: number): Next | undefined {
  const begunMs = invite.begunMs.filter((atMs) => atMs > nowMs - ATTEMPTS_WINDOW_MS);
  return begunMs.length >= MOST_ATTEMPTS ? undefined : { ...invite, begunMs: [...begunMs, nowMs] };
}

/** A callback without a code. The link still works. */
export function endAttempt(invite: Invite, ending: Ending): Next {
  return reopen(invite, ending);
}

/** The code of a platform's customer is kept for the backend. */
export function keepCode(
  invite: Invite,
  code: Omit<Extract<Stage, { kind: 'coded' }>, 'kind' | 'untilMs'>,
  nowMs: number,
): Next {
  const untilMs = nowMs + CODE_MS;
  return rest(invite, { kind: 'coded', ...code, untilMs }, untilMs);
}

/** Zoho is asked next. The row says so first: a process that dies in the call leaves a record. */
export function beginExchange(
  invite: Invite,
  exchange: Omit<Extract<Stage, { kind: 'exchanging' }>, 'kind' | 'atMs'>,
  owner: string,
  nowMs: number,
): Next {
  return step(takeLease(invite, owner, nowMs), { kind: 'exchanging', ...exchange, atMs: nowMs });
}

export function holdGrant(invite: Invite, grant: HeldGrant): Next {
  return step(invite, { kind: 'granted', grant });
}

export function awaitConfirmation(
  invite: Invite,
  grant: HeldGrant,
  mismatch: readonly Mismatch[],
  nowMs: number,
): Next {
  const untilMs = nowMs + CONFIRM_MS;
  return rest(invite, { kind: 'awaiting', grant, mismatch, untilMs }, untilMs);
}

/** `incarnation`: that of the connection, or the one that it will have when the invite has created it. */
export function beginStoring(invite: Invite, grant: HeldGrant, incarnation: number | undefined): Next {
  return { ...step(invite, { kind: 'storing', grant }), incarnation };
}

/** The old refresh token is in the row before another takes its place. */
export function holdOldToken(invite: Invite, old: OldToken, fromVersionId: string | undefined): Next {
  const { stage } = invite;
  if (stage.kind !== 'storing') throw new Error(`an invite that is ${stage.kind} stores nothing`);
  return step(invite, { ...stage, old, grant: { ...stage.grant, fromVersionId } });
}

export function beginRevoking(invite: Invite, grant: HeldGrant, ending: Ending): Next {
  return step(invite, { kind: 'revoking', grant, ending });
}

/** Zoho did not say whether the grant has ended: it is asked again. */
export function revokeLater(invite: Invite, nowMs: number): Next {
  return { ...invite, lease: undefined, sweepAtMs: nowMs + LOOK_AGAIN_MS };
}

/** The grant has ended at Zoho. */
export function endRevoked(invite: Invite, ending: Ending, consentedBy: AuthorizedBy | undefined): Next {
  return ending.retryable ? reopen(invite, ending) : rest(invite, { kind: 'failed', ending, consentedBy });
}

/** The credentials are stored. The old refresh token is still to be revoked. */
export function finish(
  invite: Invite,
  { versionId, mayHaveEnded }: { readonly versionId: string; readonly mayHaveEnded: readonly string[] },
  nowMs: number,
): Next {
  const { stage } = invite;
  if (stage.kind !== 'storing') throw new Error(`an invite that is ${stage.kind} cannot be finished`);
  const { sealed: _sealed, ...grant } = stage.grant;
  return step(invite, {
    kind: 'authorized',
    grant,
    old: stage.old,
    tokenLive: false,
    versionId,
    storedAtMs: nowMs,
    mayHaveEnded,
  });
}

/** What became of the new token and of the old refresh token. One that is held is looked at again, for a day. */
export function settle(
  invite: Invite,
  { tokenLive, isOldRevoked }: { readonly tokenLive: boolean; readonly isOldRevoked: boolean },
  nowMs: number,
): Next {
  const { stage } = invite;
  if (stage.kind !== 'authorized') throw new Error(`an invite that is ${stage.kind} has nothing to settle`);
  const { old } = stage;
  const isHeld = old?.state === 'held' && !isOldRevoked;
  const isGivenUp = isHeld && nowMs >= stage.storedAtMs + KEEP_OLD_MS;
  const next: OldToken | undefined =
    old?.state !== 'held' || (isHeld && !isGivenUp)
      ? old
      : { state: isOldRevoked ? 'revoked' : 'left', dataCenter: old.dataCenter };
  const isOver = !isHeld || isGivenUp;
  return rest(
    invite,
    { ...stage, old: next, tokenLive: stage.tokenLive || tokenLive },
    isOver ? undefined : nowMs + LOOK_AGAIN_MS,
  );
}

/** The process that asked Zoho has ended without a word: what it got may exist, unused. */
export function recordLost(invite: Invite, nowMs: number): Next {
  const { stage } = invite;
  if (stage.kind !== 'exchanging') throw new Error(`an invite that is ${stage.kind} has lost nothing`);
  const { attempt, dataCenter, atMs } = stage;
  return {
    ...reopen(invite, failed('unknown_outcome', { attempt, retryable: true }, nowMs)),
    lost: [...invite.lost, { clientId: invite.clientId, dataCenter, atMs }].slice(-MOST_LOST),
  };
}

/** The code has expired. */
export function dropCode(invite: Invite): Next {
  return reopen(invite);
}

/** It has expired. Its row is cleaned up later. */
export function expire(invite: Invite): Next {
  return { ...invite, sweepAtMs: undefined };
}

export function cancel(invite: Invite): Next {
  return rest(invite, { kind: 'cancelled' });
}

/** The ending of an attempt that failed. */
export function failed(
  reason: FailureReason,
  { attempt, retryable }: { readonly attempt?: string | undefined; readonly retryable: boolean },
  atMs: number,
): Ending {
  return { status: 'failed', reason, attempt, retryable, atMs };
}

export function declined(attempt: string, atMs: number): Ending {
  return { status: 'declined', attempt, retryable: true, atMs };
}

/** The grant that the row holds; undefined if it holds none. */
export function grantOf(stage: Stage): HeldGrant | undefined {
  return 'grant' in stage && 'sealed' in stage.grant ? stage.grant : undefined;
}

const MOST_LOST = 20;
