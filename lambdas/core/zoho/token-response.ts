import { FAILURE_CLASSES, type Failure, type FailureCode } from '../failures.ts';
import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';
import { isTokenText } from './authorization-header.ts';
import { parseApiDomain } from './data-centers.ts';
import { formatScopes, parseScopes } from './scopes.ts';

/** An answer of Zoho's token endpoint, judged. */
export type TokenResponse =
  | {
      readonly kind: 'token';
      readonly accessToken: Redacted;
      /** Undefined when Zoho sent none, or one that is not a Zoho origin. */
      readonly apiDomain: string | undefined;
      readonly scope: string | undefined;
      readonly lifetimeMs: number;
    }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** What came over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Zoho's documented lifetime of an access token, and the longest that is ever believed. */
export const ACCESS_TOKEN_LIFETIME_MS = 3600_000;

/** A body with an access token is a success whatever the status; one without is a failure whatever the status. */
export function parseTokenResponse(answer: HttpAnswer): TokenResponse {
  const json = parseJsonObject(answer.body);
  const accessToken = json?.access_token;
  if (json !== undefined && isTokenText(accessToken)) {
    return {
      kind: 'token',
      accessToken: new Redacted(accessToken),
      apiDomain: parseApiDomain(json.api_domain),
      scope: parseScope(json.scope),
      lifetimeMs: parseLifetimeMs(json),
    };
  }
  const error = typeof json?.error === 'string' ? json.error.trim() : undefined;
  const failure = judgeFailure(answer.status, json, error);
  return { kind: 'refused', failure: { ...failure, zohoError: presentableError(error) } };
}

function parseScope(scope: unknown): string | undefined {
  if (typeof scope !== 'string') return undefined;
  const scopes = parseScopes(scope);
  return scopes.length === 0 ? undefined : formatScopes(scopes);
}

/**
 * `expires_in_sec` when present, else `expires_in` as seconds. Old responses give `expires_in` in milliseconds, and some
 * give none: no lifetime above Zoho's hour is believed, and the hour is assumed when none makes sense.
 */
function parseLifetimeMs(json: Record<string, unknown>): number {
  const seconds = [json.expires_in_sec, json.expires_in]
    .map((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value))
    .find((value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 1);
  if (seconds === undefined) return ACCESS_TOKEN_LIFETIME_MS;
  return Math.min(Math.floor(seconds * 1000), ACCESS_TOKEN_LIFETIME_MS);
}

function judgeFailure(
  status: number,
  json: Record<string, unknown> | undefined,
  error: string | undefined,
): Failure {
  const code = definiteCode(error);
  if (code !== undefined) return { code, message: ADVICE[code] };
  if (status === 429 || isThrottle(json, error)) return { code: 'throttled', message: THROTTLED };
  if (status >= 300 && status < 400) {
    return {
      code: 'redirect_refused',
      message: `Zoho answered with a redirect (HTTP ${status}); credentials never follow one.`,
    };
  }
  if (status >= 500)
    return { code: 'server_error', message: `Zoho answered HTTP ${status}. Tried again soon.` };
  if (error !== undefined) {
    return {
      code: 'unknown_zoho_error',
      message: `Zoho answered HTTP ${status} with ${quote(error)}, which is not a known error. Tried again soon.`,
    };
  }
  return {
    code: 'unrecognized_response',
    message: `Zoho answered HTTP ${status} with a body that is neither a token nor a known error. Tried again soon.`,
  };
}

/** Zoho's texts are localized; `status: failure` is not, and only the throttle has it. */
function isThrottle(json: Record<string, unknown> | undefined, error: string | undefined): boolean {
  const normalized = error?.toLowerCase();
  return json?.status === 'failure' || normalized === 'access denied' || normalized === 'too_many_requests';
}

/** Only Zoho's words for a definite refusal; third-party guides' synonyms are accepted, not relied on. */
const ADVICE = {
  invalid_code:
    'Zoho does not accept the refresh token: it was revoked, pushed out by a 21st authorization, belongs to another data center, or is an access token. Authorize the connection again.',
  invalid_grant: 'Zoho does not accept the refresh token. Authorize the connection again.',
  invalid_token: 'Zoho does not accept the refresh token. Authorize the connection again.',
  invalid_client:
    'Zoho does not know the client id in this data center. The data center in the credentials may be the wrong one, or the client was deleted.',
  invalid_client_secret:
    'Zoho does not accept the client secret. It differs per data center unless the client shares its credentials across them.',
} as const satisfies Partial<Record<FailureCode, string>>;

const THROTTLED =
  'Zoho says that too many tokens were asked for. The connection is left alone until its limit has passed; the refresh token is fine.';

function definiteCode(error: string | undefined): keyof typeof ADVICE | undefined {
  const normalized = error?.toLowerCase() ?? '';
  const isDefinite = Object.hasOwn(ADVICE, normalized) && Object.hasOwn(FAILURE_CLASSES, normalized);
  return isDefinite ? (normalized as keyof typeof ADVICE) : undefined;
}

function quote(error: string): string {
  const presentable = presentableError(error);
  return presentable === undefined ? 'an unreadable error' : `error "${presentable}"`;
}

/** An error code from outside is only shown when it looks like one: it must not be able to carry a secret. */
function presentableError(error: string | undefined): string | undefined {
  return error?.match(/^[A-Za-z_ -]{1,40}$/)?.[0];
}
