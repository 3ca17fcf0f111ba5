import type { Failure } from '../failures.ts';
import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';
import { isTokenText, isTooLongToken } from './authorization-header.ts';
import { type HttpAnswer, parseTokenResponse, TOKEN_TOO_LONG } from './token-response.ts';

/** How long an authorization code lives. Source: Zoho's OAuth documentation says one to three minutes. */
export const CODE_LIFE = 'one to three minutes';

/** Zoho's answer to an authorization code, parsed. */
export type CodeResponse =
  | {
      readonly kind: 'granted';
      readonly accessToken: Redacted;
      /** Undefined if Zoho sent none: such a consent lasts an hour. */
      readonly refreshToken: Redacted | undefined;
      /** Granted scopes, comma-separated, or undefined if Zoho did not name them. */
      readonly scope: string | undefined;
      /** Whether the user picked a sandbox or a developer organization of the CRM, which has an API of its own. */
      readonly isSandbox: boolean;
    }
  | { readonly kind: 'refused'; readonly failure: Failure };

/**
 * Parses the answer to the exchange of an authorization code (RFC 6749, section 4.1.4). The body decides, not the
 * status.
 */
export function parseCodeResponse(answer: HttpAnswer): CodeResponse {
  const response = parseTokenResponse(answer);
  const json = parseJsonObject(answer.body);
  if (response.kind === 'refused') return { kind: 'refused', failure: aboutCode(response.failure, json) };
  const refreshToken = json?.refresh_token;
  if (isTooLongToken(refreshToken)) return { kind: 'refused', failure: TOKEN_TOO_LONG };
  return {
    kind: 'granted',
    accessToken: response.accessToken,
    refreshToken: isTokenText(refreshToken) ? new Redacted(refreshToken) : undefined,
    scope: response.scope,
    isSandbox: isSandboxApi(json?.api_domain),
  };
}

/** Zoho's error words mean something else here than in a refresh. */
function aboutCode(failure: Failure, json: Record<string, unknown> | undefined): Failure {
  if (json?.error === 'invalid_redirect_uri') {
    return {
      ...failure,
      message:
        'Zoho does not accept the redirect URI. It must be registered with the client exactly as it is used here.',
    };
  }
  const isAboutCode = failure.code === 'invalid_code' || failure.code === 'invalid_grant';
  if (!isAboutCode) return failure;
  return {
    ...failure,
    message: `Zoho does not accept the authorization code. A code expires after ${CODE_LIFE}, works once, and only for the client and in the data center that it was issued for.`,
  };
}

/** Zoho's `sandbox.zohoapis.*` and `developer.zohoapis.*`. */
function isSandboxApi(apiDomain: unknown): boolean {
  return typeof apiDomain === 'string' && /^https:\/\/(sandbox|developer)\.zohoapis\./.test(apiDomain);
}
