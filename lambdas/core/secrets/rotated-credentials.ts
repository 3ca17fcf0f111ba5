import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';

/**
 * The credentials with the refresh token that Zoho has issued in place of theirs. Every other key is kept. `rotated_from` says which
 * version of the secret they replace, so that they are found again if the refresher ended before it made them current.
 */
export function withRotatedToken(text: Redacted, refreshToken: Redacted, usedVersionId: string): Redacted {
  const rotated = { refresh_token: refreshToken.reveal(), rotated_from: usedVersionId };
  return new Redacted(JSON.stringify({ ...parseJsonObject(text.reveal()), ...rotated }));
}

/** True if the credentials were stored to replace this version of the secret. */
export function replacesVersion(text: Redacted, versionId: string): boolean {
  return parseJsonObject(text.reveal())?.rotated_from === versionId;
}
