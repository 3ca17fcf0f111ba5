import { type Clock, LIMITS } from './limits.ts';
import type { Consent } from './oauth-state.ts';
import type { TokenStrings } from './token-strings.ts';

/** A consent as the browser page or, for a self client, the API console records it. */
export interface CodeRequest extends Consent {
  /**
   * Must come back unchanged with the code.
   * @default none: a self client's code, which always yields a refresh token
   */
  readonly redirectUri?: string;
  /** Only `offline` may yield a refresh token. @default 'online' */
  readonly accessType?: 'online' | 'offline';
  /** Without it only the first offline consent of a user and client yields a refresh token. */
  readonly prompt?: 'consent';
  /** Whether the user picked a sandbox. Only the `api_domain` that comes with the code's tokens says so. @default false */
  readonly isSandbox?: boolean;
}

/** The authorization codes that were issued and not yet used: one use each, two minutes to live. */
export class AuthorizationCodes {
  readonly #clock: Clock;
  readonly #strings: TokenStrings;
  readonly #unused = new Map<string, { request: CodeRequest; expiresAtMs: number }>();

  constructor(clock: Clock, strings: TokenStrings) {
    this.#clock = clock;
    this.#strings = strings;
  }

  issue(request: CodeRequest): string {
    const code = this.#strings.token();
    this.#unused.set(code, { request, expiresAtMs: this.#clock.now() + LIMITS.codeLifeMs });
    return code;
  }

  /** What the user consented to, if the code is neither used nor expired. */
  find(code: string): CodeRequest | undefined {
    const issued = this.#unused.get(code);
    return issued !== undefined && this.#clock.now() < issued.expiresAtMs ? issued.request : undefined;
  }

  use(code: string): void {
    this.#unused.delete(code);
  }
}
