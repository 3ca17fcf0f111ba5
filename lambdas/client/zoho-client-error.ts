/**
 * Stable codes of {@link ZohoClientError}.
 *
 * @example
 * if (error instanceof ZohoClientError && error.code === 'not_authorized') await notifyOperator(error.message);
 */
export type ZohoClientErrorCode =
  /** The options of `createZohoClient` are not valid. */
  | 'invalid_options'
  /** An argument of a method has the wrong type, or is a generation that was never published. */
  | 'invalid_argument'
  /** The connection exists but is not authorized yet: its token secret is empty. */
  | 'not_authorized'
  /** The token secret does not contain what the refresher writes. */
  | 'malformed_token'
  /** The token secret contains the token of another connection. */
  | 'wrong_connection'
  /** The published token has expired, and no newer one is available. */
  | 'token_expired'
  /** No token that is newer than the given generation is available now. */
  | 'no_newer_token'
  /** Secrets Manager could not be read, and there is no valid token in memory. */
  | 'secret_unavailable'
  /** The call did not end within `timeoutMs`. */
  | 'timeout'
  /** The URL cannot be used for an API call. */
  | 'invalid_url'
  /** The URL is not on a Zoho host of the connection's data center, so the token is not sent there. */
  | 'forbidden_host'
  /** The headers of an API call contain `authorization`, which is for the client to set. */
  | 'forbidden_header'
  /** The body of the request was used before. */
  | 'body_used';

/**
 * A problem that prevents an API call from being made. A 401 from Zoho is not such an error: it is returned as the
 * response. The message says what is wrong and what to do, and never contains a token.
 *
 * @example
 * try {
 *   await zoho.fetch('/crm/v8/Leads?fields=Last_Name');
 * } catch (error) {
 *   if (!(error instanceof ZohoClientError)) throw error;
 *   console.error(error.code, error.message);
 * }
 */
export class ZohoClientError extends Error {
  override readonly name = 'ZohoClientError';
  declare readonly code: ZohoClientErrorCode;

  constructor(code: ZohoClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
