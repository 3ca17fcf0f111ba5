import { AuthorizationCodes, type CodeRequest } from './authorization-codes.ts';
import type { ClientRegistry } from './client-registry.ts';
import type { Location } from './data-centers.ts';
import { type Clock, LIMITS } from './limits.ts';
import { type Grant, type OAuthState, userOf } from './oauth-state.ts';
import { RateWindow } from './rate-window.ts';
import type { TokenStrings } from './token-strings.ts';

/** The parameters of a request from any place; the first of a name counts. */
export type Parameters = ReadonlyMap<string, string>;

/** The errors that Zoho's token endpoint names in its body. */
type TokenError =
  | 'invalid_client'
  | 'invalid_client_secret'
  | 'invalid_code'
  | 'invalid_redirect_uri'
  | 'unsupported_grant_type';

/** The outcome of a call of the token endpoint, before any fault changes the answer. */
export type Settlement = Minted | { readonly outcome: 'throttled' } | { readonly outcome: TokenError };

interface Minted {
  readonly outcome: 'minted';
  readonly accessToken: string;
  readonly scope: string;
  /** @default an hour */
  readonly lifeSeconds?: number;
  /** Only for a code. A refresh returns one if Zoho rotates refresh tokens, which it does not today. */
  readonly refreshToken?: string;
  /** Only for a code. @default false */
  readonly isSandbox?: boolean;
}

/** Zoho's rules: who gets an access token, a refresh token or which refusal. Independent of HTTP. */
export class TokenService {
  readonly #clock: Clock;
  readonly #clients: ClientRegistry;
  readonly #state: OAuthState;
  readonly #codes: AuthorizationCodes;
  readonly #refreshTokenRates = new Map<string, RateWindow>();
  readonly #codeRates = new Map<string, RateWindow>();

  constructor(clock: Clock, strings: TokenStrings, clients: ClientRegistry, state: OAuthState) {
    this.#clock = clock;
    this.#clients = clients;
    this.#state = state;
    this.#codes = new AuthorizationCodes(clock, strings);
  }

  /** Whether the consent page may issue a code for this client. Each question counts. */
  admitsCode(clientId: string): boolean {
    const rate = this.#codeRates.get(clientId) ?? new RateWindow(LIMITS.codesPerWindow, LIMITS.windowMs);
    this.#codeRates.set(clientId, rate);
    return rate.admit(this.#clock.now());
  }

  issueCode(request: CodeRequest): string {
    return this.#codes.issue(request);
  }

  /**
   * Checks the client first. That a missing parameter is answered like a wrong one, and an unknown grant type with
   * `unsupported_grant_type`, is a guess without a source.
   */
  settle(location: Location, parameters: Parameters): Settlement {
    const clientId = parameters.get('client_id') ?? '';
    const verdict = this.#clients.judge(location, clientId, parameters.get('client_secret'));
    if (verdict !== 'known') return { outcome: verdict };

    switch (parameters.get('grant_type')) {
      case 'refresh_token':
        return this.#refresh(location, clientId, parameters.get('refresh_token') ?? '');
      case 'authorization_code':
        return this.#exchangeCode(location, clientId, parameters);
      default:
        return { outcome: 'unsupported_grant_type' };
    }
  }

  /** Revokes a refresh token. Revoking an access token revokes its refresh token too, as one of Zoho's pages warns. */
  revoke(location: Location, token: string): 'revoked' | 'invalid' {
    const refreshToken = this.#state.owningRefreshToken(location, token);
    if (refreshToken === undefined) return 'invalid';
    this.#state.revoke(refreshToken);
    return 'revoked';
  }

  #refresh(location: Location, clientId: string, refreshToken: string): Settlement {
    const grant = this.#state.findGrant(location, refreshToken);
    if (grant?.clientId !== clientId) return { outcome: 'invalid_code' };
    const minted = this.#mint(grant);
    if (minted.outcome !== 'minted') return minted;
    const rotated = this.#state.rotate(grant);
    return rotated === undefined ? minted : { ...minted, refreshToken: rotated };
  }

  #exchangeCode(location: Location, clientId: string, parameters: Parameters): Settlement {
    const code = parameters.get('code') ?? '';
    const consent = this.#codes.find(code);
    if (consent?.clientId !== clientId || consent.dataCenter !== location) return { outcome: 'invalid_code' };
    if (consent.redirectUri !== parameters.get('redirect_uri')) return { outcome: 'invalid_redirect_uri' };

    if (!this.#yieldsRefreshToken(consent)) {
      this.#codes.use(code);
      const accessToken = this.#state.mintWithoutRefreshToken(location);
      return { outcome: 'minted', accessToken, scope: consent.scope };
    }

    if (!this.#refreshTokenRate(consent).admit(this.#clock.now())) return { outcome: 'throttled' };
    this.#codes.use(code);
    const grant = this.#state.grant(consent);
    const minted = this.#mint(grant);
    const { isSandbox = false } = consent;
    return minted.outcome === 'minted' ? { ...minted, refreshToken: grant.refreshToken, isSandbox } : minted;
  }

  #mint(grant: Grant): Minted | { readonly outcome: 'throttled' } {
    const accessToken = this.#state.mint(grant);
    if (accessToken === 'throttled') return { outcome: 'throttled' };
    const lifeSeconds = this.#state.lifeSecondsOf(grant);
    return { outcome: 'minted', accessToken, scope: grant.scope, lifeSeconds };
  }

  #yieldsRefreshToken(consent: CodeRequest): boolean {
    const isSelfClient = consent.redirectUri === undefined;
    const isFirstConsent = this.#state.grantsOf(consent).length === 0;
    const isOffline = consent.accessType === 'offline';
    return isSelfClient || (isOffline && (isFirstConsent || consent.prompt === 'consent'));
  }

  #refreshTokenRate(consent: CodeRequest): RateWindow {
    const key = [consent.dataCenter, consent.clientId, userOf(consent)].join(' ');
    const rate =
      this.#refreshTokenRates.get(key) ?? new RateWindow(LIMITS.refreshTokensPerWindow, LIMITS.windowMs);
    this.#refreshTokenRates.set(key, rate);
    return rate;
  }
}
