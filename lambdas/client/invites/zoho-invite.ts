import type { FailureReason, InviteMode, InviteStatus, Mismatch } from '../../core/invites/invite-status.ts';

/**
 * An invite as its inviter sees it.
 *
 * @example
 * const { status, consentedBy } = await invites.get(id);
 * if (status === 'authorized') console.log(`connected to ${consentedBy?.orgName}`);
 */
export interface ZohoInvite {
  readonly id: string;
  /** `open`, `awaiting`, `authorized`, `declined`, `failed`, `expired` or `cancelled`. */
  readonly status: InviteStatus;
  readonly connection: string;
  readonly client: string;
  readonly mode: InviteMode;
  readonly createdAt: Date;
  /** The AWS principal that created it: stated by the caller, if ConsentApi was invoked. */
  readonly createdBy?: string;
  readonly expiresAt: Date;
  readonly label?: string;
  /** The user of the platform who may complete it. */
  readonly subject?: string;
  /** Where the account of the person who consented is, e.g. `eu`. */
  readonly dataCenter?: string;
  /** Who should consent. */
  readonly expect?: {
    readonly email?: string;
    readonly emailDomain?: string;
    readonly orgId?: string;
    readonly dataCenter?: string;
  };
  /** Who consented, as far as Zoho says. */
  readonly consentedBy?: ZohoConsentedBy;
  readonly consentedAt?: Date;
  readonly reason?: FailureReason;
  /** What happened, and what to do next. */
  readonly message?: string;
  /** Whether the link of a failed invite still works. */
  readonly retryable?: boolean;
  /** What did not match the expectation. */
  readonly mismatch?: readonly Mismatch[];
  /** Connections whose refresh token may have ended: this consent was the 21st of its user and client. */
  readonly mayHaveEnded?: readonly string[];
  /** What became of the refresh token that was replaced. `held`: it is revoked once a token is live with the new one, for a day. */
  readonly oldRefreshToken?: 'revoked' | 'held' | 'left' | 'none';
  /** Whether a token was live when the invite finished. */
  readonly tokenLive?: boolean;
}

/** Who consented, as far as Zoho says. */
export interface ZohoConsentedBy {
  readonly zuid?: string;
  readonly email?: string;
  readonly orgId?: string;
  readonly orgName?: string;
}

/** A new invite. Its link is shown once. */
export interface CreatedZohoInvite {
  readonly id: string;
  /** Anyone who opens it can consent: send it to the invited person only. */
  readonly url: string;
  readonly expiresAt: Date;
  readonly status: 'open';
  readonly connection: string;
  readonly client: string;
  readonly mode: InviteMode;
  /**
   * Refresh tokens that the invited user has of this client, as far as earlier invites know: by the email address that is expected, or by
   * the `subject`. Zoho keeps 20: `create` throws `too_many_grants` then.
   */
  readonly grantsOfUser?: number;
}

/** What to ask a person for. */
export interface ZohoInviteOptions {
  /** Name of the connection. */
  readonly connection: string;
  /** Name of the shared client, as `zoho-tokens client list` shows it. */
  readonly client: string;
  /** @default those of the connection */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Where the account must be, e.g. `eu`: another one waits for a confirmation.
   *
   * @default that of the connection; any, if it is created
   */
  readonly dataCenter?: string | undefined;
  /** Connect a new connection. @default false: it exists */
  readonly create?: boolean | undefined;
  /**
   * `direct`: the consent of who opens the link counts. `confirm`: it waits for `complete`. `platform`: your user is sent back to
   * `returnUrl`, and your backend completes the invite for the same `subject`.
   *
   * @default 'direct'
   */
  readonly mode?: InviteMode | undefined;
  /** Your ID of the signed-in user. Needed for a platform. */
  readonly subject?: string | undefined;
  /** Where the browser is sent afterwards, under one of the setting's `returnUrls`. Needed for a platform. */
  readonly returnUrl?: string | undefined;
  /** Who is expected to consent. Asks for the scope `AaaServer.profile.READ`. */
  readonly expect?:
    | {
        readonly email?: string | undefined;
        readonly emailDomain?: string | undefined;
        /** Zoho's `zgid`. Needs a scope of `ZohoCRM.org`. */
        readonly orgId?: string | undefined;
      }
    | undefined;
  /** Ask Zoho who consented. @default only if someone is expected */
  readonly identify?: boolean | undefined;
  /** @default the setting inviteHours */
  readonly expiresInSeconds?: number | undefined;
  /** Who invites, as the page shows it, e.g. `Acme Support`. */
  readonly label?: string | undefined;
  /** A second request with the same key and the same parameters returns the same invite, with a new link. */
  readonly idempotencyKey?: string | undefined;
  /** Who creates it, for the record. @default unknown */
  readonly principal?: string | undefined;
}
