import type { DataCenterLocation } from '../zoho/data-centers.ts';
import type { FailureReason, InviteMode, InviteStatus, Mismatch } from './invite-status.ts';

/** The answer to `create-invite`. The URL is shown once. */
export interface CreatedInvite {
  readonly id: string;
  readonly url: string;
  /** ISO 8601. */
  readonly expires_at: string;
  readonly status: 'open';
  readonly connection: string;
  readonly client: string;
  readonly mode: InviteMode;
  /** Refresh tokens that the invited user has of this client, as far as earlier invites know. Zoho keeps 20. */
  readonly grants_of_user?: number;
}

/** Who consented, as far as Zoho says. */
export interface ConsentedBy {
  readonly zuid?: string;
  readonly email?: string;
  readonly org_id?: string;
  readonly org_name?: string;
}

/** Who should consent, as the inviter stated it. */
export interface ExpectedUser {
  readonly email?: string;
  readonly email_domain?: string;
  readonly org_id?: string;
  readonly data_center?: DataCenterLocation;
}

/** An invite as its inviter sees it. Times are ISO 8601. */
export interface InviteView {
  readonly id: string;
  readonly status: InviteStatus;
  readonly connection: string;
  readonly client: string;
  readonly mode: InviteMode;
  readonly created_at: string;
  /** The AWS principal that created it: stated by the caller if it was invoked. */
  readonly created_by?: string;
  readonly expires_at: string;
  readonly label?: string;
  readonly subject?: string;
  readonly data_center?: DataCenterLocation;
  /** Who should consent. */
  readonly expect?: ExpectedUser;
  readonly consented_by?: ConsentedBy;
  readonly consented_at?: string;
  readonly reason?: FailureReason;
  /** What happened, and what to do next. */
  readonly message?: string;
  /** False once the link does not work any more. */
  readonly retryable?: boolean;
  readonly mismatch?: readonly Mismatch[];
  /** Connections whose refresh token may have ended: this consent was the 21st of its user and client. */
  readonly may_have_ended?: readonly string[];
  /** What became of the refresh token that was replaced. `held`: it is revoked once a token is live with the new one, for a day. */
  readonly old_refresh_token?: 'revoked' | 'held' | 'left' | 'none';
  /** Whether a token was live when the invite finished. */
  readonly token_live?: boolean;
}

export interface InviteList {
  readonly invites: readonly InviteView[];
  /** For the next page. */
  readonly next?: string;
}

/** Why a caller gets no answer. Stable. */
export const CONSENT_ERROR_CODES = [
  'invalid_request',
  'unknown_invite',
  'unknown_client',
  'unknown_connection',
  'connection_exists',
  'not_connected',
  'return_url_not_allowed',
  'not_open',
  'not_awaiting',
  'wrong_subject',
  'wrong_session',
  'session_expired',
  'too_many_grants',
  'idempotency_conflict',
  'not_allowed',
  'unavailable',
] as const;
export type ConsentErrorCode = (typeof CONSENT_ERROR_CODES)[number];

/** The answer to a request of a caller that is refused. Contains no secret. */
export interface ConsentErrorAnswer {
  readonly error: {
    readonly code: ConsentErrorCode;
    readonly message: string;
    readonly next_step: string;
  };
}

export type CallerAnswer = CreatedInvite | InviteView | InviteList | ConsentErrorAnswer;

/** What a visitor is asked, on the page of an open invite. */
export interface InvitePage {
  readonly kind: 'invite';
  readonly connection: string;
  /** Who invites, as the inviter states it. */
  readonly label?: string;
  readonly display_name: string;
  /** Where the visitor signs in first, e.g. `accounts.zoho.eu`. */
  readonly client_id_host: string;
  readonly scopes: readonly string[];
  readonly expects?: ExpectedUser;
  /** The accounts server of the expected data center, e.g. `accounts.zoho.eu`. */
  readonly account_host?: string;
  readonly mode: InviteMode;
  /** ISO 8601. */
  readonly expires_at: string;
}

/** What a page says instead of an invite: how a consent ended, or why there is none. */
export const PAGE_KINDS = [
  'done',
  'received',
  'declined',
  'no-account',
  'too-many',
  'other-browser',
  'expired',
  'used',
  'removed',
  'failed',
  'unknown',
  'unavailable',
] as const;
export type PageKind = (typeof PAGE_KINDS)[number];

export type PageResult =
  | {
      readonly kind: 'done';
      readonly connection: string;
      /** Email or number of the Zoho user. */
      readonly consented_by?: string;
      readonly org_name?: string;
      /** False if the token follows later. */
      readonly token_live: boolean;
    }
  /** A person must confirm it. */
  | {
      readonly kind: 'received';
      readonly connection: string;
      readonly consented_by?: string;
      readonly org_name?: string;
    }
  /** The link still works after these three. */
  | { readonly kind: 'declined'; readonly connection: string }
  | { readonly kind: 'no-account'; readonly connection: string; readonly products: readonly string[] }
  | { readonly kind: 'too-many'; readonly connection: string }
  | {
      readonly kind: 'failed';
      readonly connection: string;
      readonly reason: FailureReason;
      readonly retryable: boolean;
    }
  /** Without facts: the visitor has not proven to be the invited person. */
  | { readonly kind: 'other-browser' | 'expired' | 'used' | 'removed' | 'unknown' | 'unavailable' };

/** The browser is sent on. */
export interface PageRedirect {
  readonly kind: 'redirect';
  readonly url: string;
}

export type PageAnswer = InvitePage | PageRedirect | PageResult;

/** The answer to the schedule's `sweep`. */
export interface SweepAnswer {
  readonly finished: number;
  readonly revoked: number;
  readonly expired: number;
  readonly left: number;
}
