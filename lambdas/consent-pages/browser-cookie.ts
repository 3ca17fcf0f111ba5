/** `__Host-`: no other host, and no page without TLS, can set it. */
const NAME = '__Host-zoho-consent';

/** As long as the longest invite. */
const MAX_AGE_SECONDS = 7 * 24 * 3600;

/** 32 random bytes. */
const VALUE = /^[\w-]{43}$/;

/** The value that this browser has, if it is one of ours. */
export function readBrowserCookie(cookies: readonly string[]): string | undefined {
  const value = cookies.find((cookie) => cookie.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

/** `Lax`: Zoho's redirect is a navigation from another site, which has to bring it. */
export function browserCookie(value: string): string {
  return `${NAME}=${value}; Path=/; Max-Age=${MAX_AGE_SECONDS}; Secure; HttpOnly; SameSite=Lax`;
}
