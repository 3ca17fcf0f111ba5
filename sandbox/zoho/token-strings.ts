import { randomInt } from 'node:crypto';

/** A number in [0, 1), like `Math.random`. Seed it to get the same tokens in every run; it must not be constant. */
export type Random = () => number;

/** Randomness that cannot be predicted: the default. */
export const cryptoRandom: Random = () => randomInt(2 ** 32) / 2 ** 32;

/** Makes a token longer. No token ends with it otherwise. */
export const TOKEN_PADDING = '_';

/** The token as it was minted. */
export function withoutPadding(token: string): string {
  return token.split(TOKEN_PADDING)[0] ?? token;
}

const HEX = '0123456789abcdef';
const UPPER_ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Makes strings shaped like Zoho's, so that redactions and patterns for the real ones match these too. */
export interface TokenStrings {
  /** An access token, a refresh token or an authorization code: `1000.<32 hex>.<32 hex>`. */
  token(): string;
  /** A client id: `1000.<30 upper-case letters and digits>`. */
  clientId(): string;
  /** A client secret: 42 hex digits. */
  clientSecret(): string;
}

/** Makes Zoho-like strings out of `random`. */
export function createTokenStrings(random: Random): TokenStrings {
  const draw = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join('');

  return {
    token: () => `1000.${draw(HEX, 32)}.${draw(HEX, 32)}`,
    clientId: () => `1000.${draw(UPPER_ALPHANUMERIC, 30)}`,
    clientSecret: () => draw(HEX, 42),
  };
}
