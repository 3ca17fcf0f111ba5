import { FAILURE_CLASSES, type Failure, type FailureCode, RETRIED } from '../failures.ts';
import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';
import { isTokenText, isTooLongToken, MAX_TOKEN_LENGTH } from './authorization-header.ts';
import { parseApiDomain } from './data-centers.ts';
import { formatScopes, parseScopes } from './scopes.ts';

/** An answer of Zoho's token endpoint, parsed. */
export type TokenResponse =
  | {
      readonly kind: 'token';
      readonly accessToken: Redacted;
      /** Zoho documents none in the answer to a refresh. Undefined if it sent none. */
      readonly refreshToken: Redacted | undefined;
      /** Undefined if Zoho sent none, or one that is not a Zoho origin. */
      readonly apiDomain: string | undefined;
      /** Host of an `api_domain` that is not a Zoho origin, or {@link VALUE_OMITTED}. It may contain a secret. */
      readonly unknownApiHost: string | undefined;
      readonly scope: string | undefined;
      readonly lifetimeMs: number;
    }
  | {
      readonly kind: 'refused';
      readonly failure: Failure;
      /** Of an answer with an access token that cannot be published. */
      readonly refreshToken?: Redacted | undefined;
    };

/** An HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Zoho's documented lifetime of an access token, and the longest that is accepted. */
export const ACCESS_TOKEN_LIFETIME_MS = 3600_000;

/** A token that lives shorter than this is not as Zoho documents it. */
export const SHORT_LIFE_MS = 55 * 60_000;

/** Stands for a value that is not shown. */
export const VALUE_OMITTED = '(value omitted)';

const UNKNOWN_API_HOST_PATTERN = /^[a-z0-9.-]{1,100}$/;

/** The body decides, not the status: with an access token it is a success, without one a failure. */
export function parseTokenResponse(answer: HttpAnswer): TokenResponse {
  const json = parseJsonObject(answer.body);
  const accessToken = json?.access_token;
  if (json !== undefined && isTokenText(accessToken)) {
    return {
      kind: 'token',
      accessToken: new Redacted(accessToken),
      refreshToken: parseRefreshToken(json.refresh_token),
      apiDomain: parseApiDomain(json.api_domain),
      unknownApiHost: parseUnknownApiHost(json.api_domain),
      scope: parseScope(json.scope),
      lifetimeMs: parseLifetimeMs(json),
    };
  }
  if (isTooLongToken(accessToken)) {
    const refreshToken = parseRefreshToken(json?.refresh_token);
    return { kind: 'refused', failure: TOKEN_TOO_LONG, ...(refreshToken && { refreshToken }) };
  }
  const error = typeof json?.error === 'string' ? json.error.trim() : undefined;
  const failure = judgeFailure(answer.status, json, error);
  return { kind: 'refused', failure: { ...failure, zohoError: presentableError(error) } };
}

function parseRefreshToken(refreshToken: unknown): Redacted | undefined {
  const isGiven = typeof refreshToken === 'string' && refreshToken.trim() !== '';
  return isGiven ? new Redacted(refreshToken.trim()) : undefined;
}

function parseUnknownApiHost(apiDomain: unknown): string | undefined {
  const isGiven = apiDomain !== undefined && apiDomain !== null;
  if (!isGiven || parseApiDomain(apiDomain) !== undefined) return undefined;
  const host = typeof apiDomain === 'string' && URL.canParse(apiDomain) ? new URL(apiDomain).hostname : '';
  return UNKNOWN_API_HOST_PATTERN.test(host) ? host : VALUE_OMITTED;
}

function parseScope(scope: unknown): string | undefined {
  if (typeof scope !== 'string') return undefined;
  const scopes = parseScopes(scope);
  return scopes.length === 0 ? undefined : formatScopes(scopes);
}

/**
 * `expires_in_sec` if present, else `expires_in` as seconds. Old responses give `expires_in` in milliseconds, and some
 * give none: a lifetime above Zoho's hour is cut to an hour, and an hour is assumed if no value is valid.
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
      message: `Zoho answered with a redirect (HTTP ${status}). Credentials are not sent to its target.`,
    };
  }
  if (status >= 500) return { code: 'server_error', message: `Zoho answered HTTP ${status}. ${RETRIED}` };
  if (error !== undefined) {
    return {
      code: 'unknown_zoho_error',
      message: `Zoho answered HTTP ${status} with ${quote(error)}, which is not a known error. ${RETRIED}`,
    };
  }
  return {
    code: 'unrecognized_response',
    message: `Zoho answered HTTP ${status} with a body that is neither a token nor a known error. ${RETRIED}`,
  };
}

/** Zoho's texts are localized; `status: failure` is not, and only the throttle has it. */
function isThrottle(json: Record<string, unknown> | undefined, error: string | undefined): boolean {
  const normalized = error?.toLowerCase();
  return json?.status === 'failure' || normalized === 'access denied' || normalized === 'too_many_requests';
}

/** Zoho's words for a definite refusal, and synonyms from third-party guides. */
const ADVICE = {
  invalid_code:
    'Zoho does not accept the refresh token: it was revoked, displaced by a 21st authorization, belongs to another data center, or is an access token. Authorize the connection again.',
  invalid_grant: 'Zoho does not accept the refresh token. Authorize the connection again.',
  invalid_token: 'Zoho does not accept the refresh token. Authorize the connection again.',
  invalid_client:
    'Zoho does not know the client id in this data center. The data center in the credentials may be the wrong one, or the client was deleted.',
  invalid_client_secret:
    'Zoho does not accept the client secret. It differs per data center unless the client shares its credentials across them.',
} as const satisfies Partial<Record<FailureCode, string>>;

/** Zoho issued a token that this version does not publish. */
export const TOKEN_TOO_LONG: Failure = {
  code: 'token_too_long',
  message: `Zoho issued a token of more than ${MAX_TOKEN_LENGTH / 1024} KB, which this version does not publish. Update the Zoho Token Refresher, or report it. The refresher asks Zoho again after 10 to 30 minutes.`,
};

const THROTTLED =
  'Zoho throttles this connection: too many tokens were requested. It is retried when the limit has passed. The refresh token is still valid.';

function definiteCode(error: string | undefined): keyof typeof ADVICE | undefined {
  const normalized = error?.toLowerCase() ?? '';
  const isDefinite = Object.hasOwn(ADVICE, normalized) && Object.hasOwn(FAILURE_CLASSES, normalized);
  return isDefinite ? (normalized as keyof typeof ADVICE) : undefined;
}

function quote(error: string): string {
  const presentable = presentableError(error);
  return presentable === undefined ? 'an error (value omitted)' : `error "${presentable}"`;
}

/** An error word from outside is shown only if it looks like one: other text could contain a secret. */
function presentableError(error: string | undefined): string | undefined {
  return error?.match(/^[A-Za-z_ -]{1,40}$/)?.[0];
}
