import type { Location } from './data-centers.ts';
import { type Clock, LIMITS } from './limits.ts';
import { RateWindow } from './rate-window.ts';
import { type TokenStrings, withoutPadding } from './token-strings.ts';

/** What a user consents to. */
export interface Consent {
  readonly clientId: string;
  readonly dataCenter: Location;
  /** Zoho's limits on refresh tokens are per user and client. @default 'owner' */
  readonly user?: string;
  /** Comma-separated, e.g. `ZohoCRM.modules.ALL,ZohoCRM.users.READ`. */
  readonly scope: string;
}

/** A consent in force: a refresh token and the access tokens minted with it. */
export interface Grant {
  /** Identifies the refresh token in logs without revealing it: 1 is the first that was issued. */
  readonly ordinal: number;
  readonly refreshToken: string;
  readonly clientId: string;
  readonly dataCenter: Location;
  readonly user: string;
  readonly scope: string;
}

/** How a simulated Zoho differs from the documented one. */
export interface ContractChange {
  /** @default an hour */
  readonly accessTokenLifeSeconds?: number;
  /** Each refresh issues a new refresh token. The one that was used is accepted for so long. @default never */
  readonly rotation?: { readonly graceMs: number };
  /** Ten access tokens in ten minutes are all that a client gets in a data center, as one of Zoho's pages says. @default false */
  readonly countsPerClient?: boolean;
}

interface ActiveGrant extends Grant {
  contract: ContractChange | undefined;
  /** When a refresh token is no longer accepted that a new one has replaced. */
  replacedAtMs: number | undefined;
  /** The refresh token that it was issued for, if Zoho rotates them. */
  readonly replaces: string | undefined;
  readonly mintRate: RateWindow;
  /** Oldest first. Shared by the refresh tokens that replace each other. */
  readonly accessTokens: string[];
}

interface AccessToken {
  readonly dataCenter: Location;
  readonly expiresAtMs: number;
  readonly refreshToken: string | undefined;
}

/** The tokens that the simulated Zoho has issued and still accepts. */
export class OAuthState {
  readonly #clock: Clock;
  readonly #strings: TokenStrings;
  readonly #grants = new Map<string, ActiveGrant>();
  readonly #ordinals = new Map<string, number>();
  readonly #accessTokens = new Map<string, AccessToken>();
  readonly #clientRates = new Map<string, RateWindow>();
  #contract: ContractChange = {};

  constructor(clock: Clock, strings: TokenStrings) {
    this.#clock = clock;
    this.#strings = strings;
  }

  /** Issues a refresh token. The 21st of a user and client deletes the oldest and its access tokens. */
  grant(consent: Consent): Grant {
    const existing = this.grantsOf(consent);
    const evicted = existing.slice(0, Math.max(0, existing.length + 1 - LIMITS.refreshTokensPerUser));
    for (const grant of evicted) this.revoke(grant.refreshToken);

    const grant: ActiveGrant = {
      ordinal: this.#ordinals.size + 1,
      refreshToken: this.#strings.token(),
      clientId: consent.clientId,
      dataCenter: consent.dataCenter,
      user: userOf(consent),
      scope: consent.scope,
      contract: undefined,
      replacedAtMs: undefined,
      replaces: undefined,
      mintRate: new RateWindow(LIMITS.mintsPerWindow, LIMITS.windowMs),
      accessTokens: [],
    };
    return this.#add(grant);
  }

  #add(grant: ActiveGrant): Grant {
    this.#grants.set(grant.refreshToken, grant);
    this.#ordinals.set(grant.refreshToken, grant.ordinal);
    return grant;
  }

  /** From now on Zoho answers differently: for one refresh token and those that replace it, or for all. */
  changeContract(contract: ContractChange, refreshToken?: string): void {
    if (refreshToken === undefined) {
      this.#contract = contract;
      return;
    }
    const grant = this.#grants.get(refreshToken);
    if (grant === undefined) throw new Error('cannot change the contract of a revoked refresh token');
    grant.contract = contract;
  }

  /** How long the next access token of a grant lives. */
  lifeSecondsOf({ refreshToken }: Grant): number {
    return this.#contractOf(refreshToken).accessTokenLifeSeconds ?? LIMITS.accessTokenLifeSeconds;
  }

  /**
   * The refresh token that replaces the one of a grant, if Zoho rotates them. Both share the limit on mints and the access tokens.
   * That the limit is shared is a guess without a source. If an answer is lost and the same one is used again, the successor that no one
   * has received is replaced as well: of one consent, one refresh token counts among the twenty of its user.
   */
  rotate({ refreshToken }: Grant): string | undefined {
    const { rotation } = this.#contractOf(refreshToken);
    const grant = this.#grants.get(refreshToken);
    if (rotation === undefined || grant === undefined) return undefined;
    const endsAtMs = this.#clock.now() + rotation.graceMs;
    grant.replacedAtMs ??= endsAtMs;
    for (const other of this.#grants.values())
      if (other.replaces === refreshToken) other.replacedAtMs ??= endsAtMs;
    const replacement = {
      ...grant,
      ordinal: this.#ordinals.size + 1,
      refreshToken: this.#strings.token(),
      replacedAtMs: undefined,
      replaces: refreshToken,
    };
    return this.#add(replacement).refreshToken;
  }

  #contractOf(refreshToken: string): ContractChange {
    return this.#grants.get(refreshToken)?.contract ?? this.#contract;
  }

  /** The refresh tokens of this user and client, oldest first. */
  grantsOf({ clientId, dataCenter, ...consent }: Omit<Consent, 'scope'>): readonly Grant[] {
    const user = userOf(consent);
    return [...this.#grants.values()].filter(
      (grant) =>
        grant.clientId === clientId &&
        grant.dataCenter === dataCenter &&
        grant.user === user &&
        grant.replacedAtMs === undefined,
    );
  }

  /** The grant of a refresh token, at its own data center only. */
  findGrant(dataCenter: Location, refreshToken: string): Grant | undefined {
    const grant = this.#grants.get(refreshToken);
    const isReplaced = grant?.replacedAtMs !== undefined && grant.replacedAtMs <= this.#clock.now();
    return grant?.dataCenter === dataCenter && !isReplaced ? grant : undefined;
  }

  /** The ordinal of any refresh token that was issued, revoked ones included. */
  ordinalOf(refreshToken: string): number | undefined {
    return this.#ordinals.get(refreshToken);
  }

  /** Mints an access token, unless the refresh token had ten in ten minutes. The 11th valid one revokes the oldest. */
  mint({ refreshToken }: Grant): string | 'throttled' {
    const grant = this.#grants.get(refreshToken);
    if (grant === undefined) throw new Error('cannot mint with a revoked refresh token');
    if (!this.#rateOf(grant).admit(this.#clock.now())) return 'throttled';

    const accessToken = this.#issueAccessToken(grant.dataCenter, refreshToken, this.lifeSecondsOf(grant));
    grant.accessTokens.push(accessToken);
    for (const oldest of grant.accessTokens.splice(0, grant.accessTokens.length - LIMITS.liveAccessTokens))
      this.#accessTokens.delete(oldest);
    return accessToken;
  }

  #rateOf({ refreshToken, clientId, dataCenter, mintRate }: ActiveGrant): RateWindow {
    if (this.#contractOf(refreshToken).countsPerClient !== true) return mintRate;
    const client = `${dataCenter} ${clientId}`;
    const rate = this.#clientRates.get(client) ?? new RateWindow(LIMITS.mintsPerWindow, LIMITS.windowMs);
    this.#clientRates.set(client, rate);
    return rate;
  }

  /** Issues the access token of a consent without a refresh token. */
  mintWithoutRefreshToken(dataCenter: Location): string {
    return this.#issueAccessToken(dataCenter, undefined, LIMITS.accessTokenLifeSeconds);
  }

  /** Revokes a refresh token and every access token minted with it. Idempotent. */
  revoke(refreshToken: string): void {
    for (const accessToken of this.#grants.get(refreshToken)?.accessTokens ?? [])
      this.#accessTokens.delete(accessToken);
    this.#grants.delete(refreshToken);
  }

  /** Stops to accept an access token. Idempotent. */
  forget(accessToken: string): void {
    this.#accessTokens.delete(accessToken);
  }

  /** The refresh token that a token belongs to: itself, or the one that minted it. */
  owningRefreshToken(dataCenter: Location, token: string): string | undefined {
    const refreshToken = this.#accessTokens.get(token)?.refreshToken ?? token;
    return this.findGrant(dataCenter, refreshToken)?.refreshToken;
  }

  /** When an access token expires, in ms since the epoch; undefined if it was never issued or was revoked. */
  validUntil(accessToken: string): number | undefined {
    return this.#accessTokens.get(accessToken)?.expiresAtMs;
  }

  /** Whether an access token is valid now, at `dataCenter` if given. */
  isValid(accessToken: string, dataCenter?: Location): boolean {
    const token = this.#accessTokens.get(withoutPadding(accessToken));
    if (token === undefined) return false;
    const isHome = dataCenter === undefined || token.dataCenter === dataCenter;
    return isHome && this.#clock.now() < token.expiresAtMs;
  }

  #issueAccessToken(dataCenter: Location, refreshToken: string | undefined, lifeSeconds: number): string {
    const accessToken = this.#strings.token();
    const expiresAtMs = this.#clock.now() + lifeSeconds * 1_000;
    this.#accessTokens.set(accessToken, { dataCenter, expiresAtMs, refreshToken });
    return accessToken;
  }
}

/** The user of a consent, by name. */
export function userOf({ user = 'owner' }: { readonly user?: string }): string {
  return user;
}
