/** Zoho's API wants this scheme in the `Authorization` header, although its token response says "Bearer". */
export const TOKEN_TYPE = 'Zoho-oauthtoken';

/**
 * The longest token that is accepted. Zoho's have 70 characters and no documented limit. Secrets Manager stores 64 KB
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html).
 */
export const MAX_TOKEN_LENGTH = 16 * 1024;

/** A token is sent in a header: text that a header cannot hold is not a token. */
export const isTokenText = (text: unknown): text is string =>
  isSendable(text) && text.length <= MAX_TOKEN_LENGTH;

/** True for a token that is only too long. */
export const isTooLongToken = (text: unknown): boolean => isSendable(text) && text.length > MAX_TOKEN_LENGTH;

const isSendable = (text: unknown): text is string =>
  typeof text === 'string' && /^[\x21-\x7e]{8,}$/.test(text);
