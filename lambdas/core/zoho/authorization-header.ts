/** Zoho's API wants this scheme in the `Authorization` header, although its token response says "Bearer". */
export const TOKEN_TYPE = 'Zoho-oauthtoken';

/** A token is sent in a header: text that a header cannot hold is not a token. */
export function isTokenText(text: unknown): text is string {
  return typeof text === 'string' && /^[\x21-\x7e]{8,2048}$/.test(text);
}
