import type { Connection } from '../connection/connection.ts';
import { isSecretIn } from '../redacted.ts';
import type { Credentials } from '../secrets/credentials.ts';
import type { TokenResponse } from '../zoho/token-response.ts';

/** A token that Zoho issued, before it is published. */
export interface MintedToken {
  /** Its generation is that of the new token, everything else is that of the token before. */
  readonly connection: Pick<Connection, 'name' | 'generation' | 'apiDomain' | 'scope'> & {
    readonly token?: { readonly issuedAtMs: number; readonly expiresAtMs: number } | undefined;
    readonly ignoredApiDomain?: string | undefined;
    readonly publishesMs?: readonly number[];
  };
  readonly credentials: Credentials;
  readonly response: TokenResponse & { readonly kind: 'token' };
  /** When Zoho was asked. */
  readonly startedAtMs: number;
}

type Answered = Pick<MintedToken, 'credentials' | 'response'>;

/** An answer to a refresh with these credentials, of which the access token may be unusable. */
export type AnswerToRefresh = Pick<MintedToken, 'credentials'> & {
  readonly response: Partial<Pick<MintedToken['response'], 'accessToken' | 'refreshToken'>>;
};

/** True if a text contains what allows minting: the credentials, or a refresh token of the answer. */
export function repeatsCredentials({ credentials, response }: AnswerToRefresh, text: string): boolean {
  const { clientSecret, refreshToken } = credentials;
  return [clientSecret, refreshToken, response.refreshToken].some(
    (secret) => secret && isSecretIn(text, secret),
  );
}

/** True if a text contains any secret. Such a text of an answer is neither published nor shown. */
export function repeatsSecret(answered: Answered, text: string): boolean {
  return isSecretIn(text, answered.response.accessToken) || repeatsCredentials(answered, text);
}

/** True if the answer contains a refresh token other than the one that was used. Zoho sends none today. */
export function isRotated({ credentials, response }: AnswerToRefresh): boolean {
  const { refreshToken } = response;
  return refreshToken !== undefined && refreshToken.reveal() !== credentials.refreshToken.reveal();
}
