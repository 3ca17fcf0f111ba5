/** Stable codes of what a consumer can be told. */
export type ZohoClientErrorCode =
  /** The options of `createZohoClient` are not valid. */
  | 'invalid_options'
  /** The connection exists and nobody has authorized it yet: its token secret is empty. */
  | 'not_authorized'
  /** The token secret does not hold what a refresher writes. */
  | 'malformed_token'
  /** The published token has run out, and no newer one could be had. */
  | 'token_expired'
  /** Secrets Manager could not be read, and no valid token is at hand. */
  | 'secret_unavailable'
  /** The URL cannot be used for an API call. */
  | 'invalid_url'
  /** The URL is not one of Zoho's in the connection's data center: the token is not sent there. */
  | 'forbidden_host';

/** What went wrong before an API call could be made. A 401 of Zoho is not an error: it is the response. */
export class ZohoClientError extends Error {
  override readonly name = 'ZohoClientError';
  readonly code: ZohoClientErrorCode;

  constructor(code: ZohoClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
