import type { AuthorizedBy } from '../consent/authorized-by.ts';
import type { DataCenterLocation } from '../zoho/data-centers.ts';
import type { Expectation } from './expectation.ts';
import type { FailureReason, InviteMode, Mismatch } from './invite-status.ts';

/** A text that was encrypted with the deployment's key, for one invite and one kind of content. */
export type Sealed = string;

/** One invite, as its row has it. All times are milliseconds since the epoch. */
export interface Invite {
  readonly id: string;
  /** Grows with every write. A write is refused if another one came before it. */
  readonly version: number;
  /** Names the write that made this version, so that a writer whose answer was lost recognizes its own. */
  readonly written: string;
  /** SHA-256 of the secret in the link. */
  readonly secretHash: string;
  readonly connection: string;
  readonly client: string;
  readonly clientId: string;
  /** Where the client is registered: the consent starts there. */
  readonly clientDataCenter: DataCenterLocation;
  /** Everything that is requested, those that identify the user included. */
  readonly scopes: readonly string[];
  readonly mode: InviteMode;
  readonly subject?: string | undefined;
  readonly returnUrl?: string | undefined;
  readonly expect: Expectation;
  readonly label?: string | undefined;
  readonly createdBy?: string | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Whether the invite connects a connection that does not exist yet, and the scopes that its consumers rely on. */
  readonly creates?: { readonly scopes: readonly string[] } | undefined;
  /** The incarnation of the connection that it belongs to; undefined until the invite has created it. */
  readonly incarnation?: number | undefined;
  /** SHA-256 of the parameters, if the caller gave an idempotency key. */
  readonly parametersHash?: string | undefined;
  /** When visitors were sent to Zoho, in the last hour. */
  readonly begunMs: readonly number[];
  /** Who works on it: others wait until it ends. */
  readonly lease?: { readonly owner: string; readonly untilMs: number } | undefined;
  readonly stage: Stage;
  /** Exchanges whose outcome is not known: a refresh token may exist at Zoho, unused. */
  readonly lost: readonly LostGrant[];
  /** When the sweep looks at it. */
  readonly sweepAtMs?: number | undefined;
}

/**
 * How far an invite is. What an exchange yields is in the row, sealed, before anything else happens to it, so that every later step can be
 * taken by any process:
 *
 *     open -> (coded) -> exchanging -> granted -> (awaiting) -> storing -> authorized
 *       ^                    |            |            |           |
 *       '--------------------'            '--------> revoking <----'  -> open or failed
 */
export type Stage =
  /** `last`: how the last attempt ended. */
  | { readonly kind: 'open'; readonly last?: Ending | undefined }
  /** The platform's backend must complete it. Nothing exists at Zoho. */
  | {
      readonly kind: 'coded';
      readonly attempt: string;
      readonly code: Sealed;
      readonly sessionHash: string;
      readonly dataCenter: DataCenterLocation;
      readonly untilMs: number;
    }
  /** Zoho is being asked. */
  | {
      readonly kind: 'exchanging';
      readonly attempt: string;
      readonly sessionHash?: string | undefined;
      readonly dataCenter: DataCenterLocation;
      /** The version of the credentials that is replaced; undefined if there is none. */
      readonly fromVersionId?: string | undefined;
      readonly atMs: number;
    }
  | { readonly kind: 'granted'; readonly grant: HeldGrant }
  /** A person must confirm it. */
  | {
      readonly kind: 'awaiting';
      readonly grant: HeldGrant;
      readonly mismatch: readonly Mismatch[];
      readonly untilMs: number;
    }
  | { readonly kind: 'storing'; readonly grant: HeldGrant; readonly old?: OldToken | undefined }
  /** The grant ends at Zoho. Then the invite has this ending. */
  | { readonly kind: 'revoking'; readonly grant: HeldGrant; readonly ending: Ending }
  | {
      readonly kind: 'authorized';
      readonly grant: Omit<HeldGrant, 'sealed'>;
      readonly old?: OldToken | undefined;
      readonly tokenLive: boolean;
      /** The version of the credentials. */
      readonly versionId: string;
      readonly storedAtMs: number;
      readonly mayHaveEnded: readonly string[];
    }
  | { readonly kind: 'failed'; readonly ending: Ending; readonly consentedBy?: AuthorizedBy | undefined }
  | { readonly kind: 'cancelled' };

/** A grant of Zoho that is in the row. */
export interface HeldGrant {
  readonly attempt: string;
  /** SHA-256 of the platform's session. */
  readonly sessionHash?: string | undefined;
  /** The tokens. */
  readonly sealed: Sealed;
  readonly dataCenter: DataCenterLocation;
  readonly scope?: string | undefined;
  readonly isSandbox: boolean;
  readonly grantedAtMs: number;
  readonly fromVersionId?: string | undefined;
  readonly consentedBy?: AuthorizedBy | undefined;
}

/** The refresh token that a grant replaces. It is revoked once the new one is live. */
export interface OldToken {
  readonly state: 'held' | 'revoked' | 'left';
  /** Only while it is held. */
  readonly sealed?: Sealed | undefined;
  readonly dataCenter: DataCenterLocation;
}

/** How an attempt ended without a connection. */
export interface Ending {
  readonly status: 'declined' | 'failed';
  readonly reason?: FailureReason | undefined;
  /** The attempt that ended so. */
  readonly attempt?: string | undefined;
  /** Whether the link still works. */
  readonly retryable: boolean;
  readonly atMs: number;
}

export interface LostGrant {
  readonly clientId: string;
  readonly dataCenter: DataCenterLocation;
  readonly atMs: number;
}

/** One visit to Zoho's consent page, found by the state. */
export interface Attempt {
  /** SHA-256 of the state. */
  readonly hash: string;
  readonly inviteId: string;
  /** SHA-256 of the browser's cookie. */
  readonly browserHash: string;
  readonly beganAtMs: number;
  readonly expiresAtMs: number;
  /** Set by the only callback that may use it. */
  readonly claimedAtMs?: number | undefined;
  /** Names the claim, so that a callback whose answer was lost recognizes its own. */
  readonly claimedBy?: string | undefined;
}

/** Who authorized a connection: counts the refresh tokens of one user and client. */
export interface ConsentRecord {
  readonly connection: string;
  readonly inviteId: string;
  /** `client_id#data center#zuid`; undefined if the user is not known. */
  readonly grantor?: string | undefined;
  /** Hashes of what later invites may know the user by, before they consent: an email address, a platform's subject. */
  readonly persons: readonly string[];
  readonly authorizedAtMs: number;
}

/** An attempt must come back from Zoho within this time. */
export const ATTEMPT_MS = 15 * 60_000;
/** Attempts of one invite in an hour. */
export const MOST_ATTEMPTS = 20;
export const ATTEMPTS_WINDOW_MS = 3_600_000;
/** A process that works on an invite has ended before: Lambda's timeout is shorter. */
export const LEASE_MS = 60_000;
/** How long the code of a platform's customer is kept. It lives one to three minutes at Zoho. */
export const CODE_MS = 60_000;
/** How long a grant is held for a confirmation. */
export const CONFIRM_MS = 24 * 3_600_000;
/** A revocation that Zoho does not answer, and an old token whose successor is not live, are looked at again after this time. */
export const LOOK_AGAIN_MS = 5 * 60_000;
/** After this time an old refresh token is left at Zoho. */
export const KEEP_OLD_MS = 24 * 3_600_000;
/** Rows are kept for operators for so long after they expire. */
export const KEEP_ROW_MS = 30 * 24 * 3_600_000;
/** Refresh tokens of one user and client: the next one ends the oldest (source: Zoho's "Token validity"). */
export const MOST_GRANTS = 20;
/** From so many on, the inviter is warned. */
export const MANY_GRANTS = 15;

export function isLeasedAt({ lease }: Invite, nowMs: number): boolean {
  return lease !== undefined && lease.untilMs > nowMs;
}
