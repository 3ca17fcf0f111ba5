import type { ThrottleVariant } from './answers.ts';
import type { Location } from './data-centers.ts';

/** A failure between the client and the token service. The service may have minted a token nevertheless. */
export interface TransportFault {
  /**
   * - `html-5xx`: the edge's HTML, HTTP 503
   * - `html-4xx`: the edge's HTML, HTTP 403
   * - `server-error-json`: HTTP 500 with a JSON body that names no error of OAuth
   * - `hang`: accepted, never answered
   * - `drop`: the connection is reset
   * - `huge-body`: HTTP 200 with 10 MB of JSON
   * - `garbage`: HTTP 200, not JSON
   * - `empty`: HTTP 200, no body
   * - `redirect`: HTTP 302 to another host
   */
  readonly kind:
    | 'html-5xx'
    | 'html-4xx'
    | 'server-error-json'
    | 'hang'
    | 'drop'
    | 'huge-body'
    | 'garbage'
    | 'empty'
    | 'redirect';
  /** Whether the token service handled the request before its answer was lost. @default false */
  readonly withEffect?: boolean;
  /** The target of a `redirect`. @default a host that does not resolve */
  readonly to?: string;
}

/** The token service refuses without cause: nothing is minted and no limit is used. */
type RefusalFault =
  | {
      /** Answers as if all mints of the ten minutes were used. */
      readonly kind: 'throttle';
      /** @default 'english' */
      readonly variant?: ThrottleVariant;
    }
  | {
      /** HTTP 200 with `{"error": ...}`. */
      readonly kind: 'error';
      /** @default 'general_error' */
      readonly error?: string;
    };

/** The request takes effect, and a success has another shape. Refusals are unchanged. */
export interface ShapeFault {
  /**
   * - `slow-body`: the headers and the first half of the body, never the rest
   * - `no-expires-in`, `no-api-domain`, `no-scope`: the field is missing
   * - `legacy-expires-in`: the life in seconds as `expires_in_sec`, and in milliseconds as `expires_in`
   * - `space-separated-scope`: spaces where there were commas
   * - `narrowed-scope`: all scopes but the last
   * - `odd-status`: the success body with HTTP 500
   * - `long-token`: an access token of 16 KB, which the products accept
   * - `overlong-token`: one character more
   * - `foreign-api-domain`: the `api_domain` of another data center
   * - `rotated-refresh-token`: a refresh token that is not the one in use, which stays valid
   */
  readonly kind:
    | 'slow-body'
    | 'no-expires-in'
    | 'no-api-domain'
    | 'no-scope'
    | 'legacy-expires-in'
    | 'space-separated-scope'
    | 'narrowed-scope'
    | 'odd-status'
    | 'long-token'
    | 'overlong-token'
    | 'foreign-api-domain'
    | 'rotated-refresh-token';
}

/** The request takes effect, and its answer arrives after so many milliseconds of real time. */
interface LateFault {
  readonly kind: 'late';
  readonly afterMs: number;
}

/** A fault of the token endpoint. */
export type Fault = TransportFault | RefusalFault | ShapeFault | LateFault;

/**
 * A fault of the products' APIs, for a call with any token:
 * - `html-401`: HTTP 401 with HTML, as of a proxy in between
 * - `missing-scope`: a valid token has not the scope, in the product's words
 */
export type ApiFault =
  | Pick<TransportFault & { readonly kind: 'html-5xx' | 'hang' }, 'kind'>
  | { readonly kind: 'html-401' | 'missing-scope' }
  | LateFault;

/** Selects calls of the token endpoint. */
export interface CallFilter {
  /** @default every data center */
  readonly dataCenter?: Location;
  /** @default every refresh token, and codes too */
  readonly refreshToken?: string;
}

/** A fault with the calls that it affects. */
export type FaultRule = Fault &
  CallFilter & {
    /** How many calls it affects. @default all, until cleared */
    readonly calls?: number;
  };

/** Rules waiting for their calls. The first rule that matches a call is applied; the others wait for the next call. */
export class PendingRules<Rule extends CallFilter & { readonly calls?: number }> {
  #pending: { readonly rule: Rule; callsLeft: number }[] = [];

  /** Adds a rule after the waiting ones. Returns a function that removes it. */
  add(rule: Rule): () => void {
    const entry = { rule, callsLeft: rule.calls ?? Number.POSITIVE_INFINITY };
    this.#pending.push(entry);
    return () => {
      entry.callsLeft = 0;
    };
  }

  take(dataCenter: Location, refreshToken: string | undefined): Rule | undefined {
    this.#pending = this.#pending.filter(({ callsLeft }) => callsLeft > 0);
    const entry = this.#pending.find(({ rule }) => {
      const matchesDataCenter = rule.dataCenter === undefined || rule.dataCenter === dataCenter;
      const matchesRefreshToken = rule.refreshToken === undefined || rule.refreshToken === refreshToken;
      return matchesDataCenter && matchesRefreshToken;
    });
    if (entry === undefined) return undefined;
    entry.callsLeft -= 1;
    return entry.rule;
  }

  clear(): void {
    this.#pending = [];
  }
}
