import { parseJsonObject, textOf } from '../core/json.ts';
import { Redacted } from '../core/redacted.ts';

/** The tokens of a grant, as they are sealed. */
export interface GrantTokens {
  readonly refreshToken: Redacted;
  /** Only to ask who consented. Undefined if it did not fit. */
  readonly accessToken: Redacted | undefined;
}

/** KMS encrypts at most 4096 bytes (https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html). */
const MOST_BYTES = 4000;

export function formatTokens({ refreshToken, accessToken }: GrantTokens): Redacted {
  const json = (parts: object) => JSON.stringify(parts);
  const refresh = { refresh_token: refreshToken.reveal() };
  const both = json({ ...refresh, access_token: accessToken?.reveal() });
  return new Redacted(both.length <= MOST_BYTES ? both : json(refresh));
}

/** A refresh token that is replaced, as it is sealed. Under another key: it can never be taken for a grant. */
export function formatOldToken(refreshToken: Redacted): Redacted {
  return new Redacted(JSON.stringify({ old_refresh_token: refreshToken.reveal() }));
}

export function parseOldToken(text: Redacted): Redacted {
  const token = textOf(parseJsonObject(text.reveal())?.old_refresh_token);
  if (token === undefined) throw new Error('a sealed text has no old refresh token');
  return new Redacted(token);
}

export function parseTokens(text: Redacted): GrantTokens {
  const { refresh_token, access_token } = parseJsonObject(text.reveal()) ?? {};
  const [refreshToken, accessToken] = [textOf(refresh_token), textOf(access_token)];
  if (refreshToken === undefined) throw new Error('a sealed grant has no refresh token');
  return {
    refreshToken: new Redacted(refreshToken),
    accessToken: accessToken === undefined ? undefined : new Redacted(accessToken),
  };
}
