/**
 * Codes of Node.js, its DNS resolver and OpenSSL, such as `ENOTFOUND`, `ERR_TLS_CERT_ALTNAME_INVALID` and
 * `ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE`: words of capital letters that may end with digits (`TLSV1`). Text in which digits
 * and letters mix, such as a key, is not one.
 */
const CODE = /^(?=.{3,64}$)[A-Z]{1,24}\d{0,4}(?:[_/][A-Z]{1,24}\d{0,4})*$/;

/** How many causes are looked at. */
const MOST_CAUSES = 4;

/** The code of a network error, or of the error that caused it. Undefined if there is none that is safe to show. */
export function networkCodeOf(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < MOST_CAUSES && current instanceof Error; depth += 1) {
    const { code } = current as { code?: unknown };
    if (typeof code === 'string' && CODE.test(code)) return code;
    current = current.cause;
  }
  return undefined;
}
