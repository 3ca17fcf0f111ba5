import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';
import { isTokenText, TOKEN_TYPE } from '../zoho/authorization-header.ts';
import { isDataCenterLocation, parseApiDomain } from '../zoho/data-centers.ts';

/** The content of the token secret: the whole contract with consumers in any language. */
export interface AccessToken {
  readonly accessToken: Redacted;
  /** Origin for API calls, e.g. `https://www.zohoapis.eu`. */
  readonly apiDomain: string;
  readonly dataCenter: string;
  /** Granted scopes, comma-separated; empty if they are unknown. */
  readonly scope: string;
  readonly connection: string;
  readonly generation: number;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /**
   * When the refresher plans to publish the next token. A cache needs no read before then. In the secret it is never later than
   * the expiry.
   */
  readonly refreshAfterMs: number;
  /**
   * Whether consumers count calls in a metric of this connection, and not only in the fleet's. Tokens of earlier versions do not say
   * it: then they do, because a declared connection has an alarm on that metric.
   *
   * @default true
   */
  readonly hasOwnMetrics?: boolean | undefined;
}

/**
 * A higher generation was not written by a refresher: one lease per second would take 30,000 years. It is ignored, so
 * that a hand-edited number cannot fence out every later token.
 */
export const MAX_GENERATION = 1e12;

/** The JSON of the token secret. The only place where an access token leaves `Redacted`. */
export function serializeAccessToken(token: AccessToken): string {
  return JSON.stringify({
    access_token: token.accessToken.reveal(),
    token_type: TOKEN_TYPE,
    api_domain: token.apiDomain,
    data_center: token.dataCenter,
    scope: token.scope,
    connection: token.connection,
    generation: token.generation,
    issued_at: new Date(token.issuedAtMs).toISOString(),
    expires_at: new Date(token.expiresAtMs).toISOString(),
    refresh_after: new Date(Math.min(token.refreshAfterMs, token.expiresAtMs)).toISOString(),
    own_metrics: token.hasOwnMetrics === false ? false : undefined,
  });
}

/** The generation in a token secret, or undefined if a refresher did not write it. */
export function storedGeneration(secretText: string): number | undefined {
  const generation = parseJsonObject(secretText)?.generation;
  return isGeneration(generation) && generation <= MAX_GENERATION ? generation : undefined;
}

/** True for a whole number that is not negative. */
export const isGeneration = (generation: unknown): generation is number =>
  Number.isSafeInteger(generation) && (generation as number) >= 0;

export type ParsedAccessToken =
  | { readonly ok: true; readonly token: AccessToken }
  /** Names every invalid field. Values are never quoted. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Parses the JSON of a token secret, for consumers. Unknown keys are ignored. */
export const parseAccessToken = (secretText: string): ParsedAccessToken => {
  const json = parseJsonObject(secretText);
  if (!json) return { ok: false, problems: ['it is not a JSON object'] };
  const problems: string[] = [];
  /** Without a value, the token is not used. */
  const required = <T>(name: string, parse: (value: unknown) => T | undefined): T => {
    const value = parse(json[name]);
    if (value === undefined) problems.push(`${name} is missing or invalid`);
    return value as T;
  };
  const parseOrigin = (origin: unknown) => parseApiDomain(origin, json.data_center);
  const token = {
    accessToken: new Redacted(required('access_token', valid(isTokenText))),
    apiDomain: required('api_domain', parseOrigin),
    dataCenter: required('data_center', valid(isDataCenterLocation)),
    scope: textOf(json.scope),
    connection: textOf(json.connection),
    generation: required('generation', valid(isGeneration)),
    issuedAtMs: parseTime(json.issued_at) ?? 0,
    expiresAtMs: required('expires_at', parseTime),
    ...(json.own_metrics === false && { hasOwnMetrics: false }),
  };
  const refreshAfterMs = parseTime(json.refresh_after) ?? token.expiresAtMs;
  return problems.length > 0 ? { ok: false, problems } : { ok: true, token: { ...token, refreshAfterMs } };
};

const valid =
  <T>(isValid: (value: unknown) => value is T): ((value: unknown) => T | undefined) =>
  (value) =>
    isValid(value) ? value : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `Date.parse` alone accepts more formats, some of them in local time. */
const ISO_8601 = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

const parseTime = (value: unknown): number | undefined => {
  const timeMs = typeof value === 'string' && ISO_8601.test(value) && Date.parse(value);
  return Number.isFinite(timeMs) ? (timeMs as number) : undefined;
};
