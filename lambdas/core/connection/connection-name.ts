/**
 * A connection's name, the names of its two secrets, and that of a client which connections share.
 */

/**
 * Letters, digits, `-` and `_`, starting with a letter or digit, at most 64 characters: valid in a secret's name, a URL
 * and a metric dimension. 42 hexadecimal digits are rejected: that is a Zoho client secret in the wrong place, and
 * names are logged.
 */
export const CONNECTION_NAME_PATTERN = /^(?![0-9a-f]{42}$)[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * What `secretPrefix` may look like. It is one segment: otherwise `PREFIX/*` in the policies of one deployment would match the
 * secrets of another. It is also a segment of SSM parameters' names, hence the alphabet.
 */
export const SECRET_PREFIX_PATTERN = /^[A-Za-z0-9_.-]{1,128}$/;

/** What version 0.1 accepted: several segments as well. Consumers and `adopt --from` still do. */
export const EARLIER_SECRET_PREFIX_PATTERN = /^(?=.{1,128}$)[A-Za-z0-9_+=.@-]+(?:\/[A-Za-z0-9_+=.@-]+)*$/;

/** Prefix of all secrets when none is configured. */
export const DEFAULT_SECRET_PREFIX = 'zoho';

/** Secret with the refresh token and the client secret: read by the refresher and the operator only. */
export const credentialsSecretName = (secretPrefix: string, connection: string): string =>
  `${secretPrefix}/${connection}/credentials`;

/** Secret with the access token: read by consumers, written by the refresher only. */
export const accessTokenSecretName = (secretPrefix: string, connection: string): string =>
  `${secretPrefix}/${connection}/access-token`;

/** Secret with the id and secret of a client that connections share: read by the refresher and operators only. */
export const clientSecretName = (secretPrefix: string, client: string): string =>
  `${secretPrefix}/${client}/client`;
