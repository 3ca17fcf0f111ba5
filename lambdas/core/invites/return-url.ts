/**
 * A return URL in its normal form, or undefined if it is not below one of the prefixes. Prefixes and URLs are compared as browsers read them, so
 * that `..`, backslashes and user names lead nowhere else.
 */
export function allowedReturnUrl(given: string, prefixes: readonly string[]): string | undefined {
  const url = plainUrl(given);
  if (url === undefined) return undefined;
  return prefixes.some((prefix) => isBelow(url, plainUrl(prefix))) ? url.href : undefined;
}

/** The return URL with what the platform's backend completes the invite with. */
export function withSession(returnUrl: string, invite: string, session: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set('invite', invite);
  url.searchParams.set('session', session);
  return url.href;
}

function plainUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && `${url.username}${url.password}${url.hash}` === '' ? url : undefined;
}

function isBelow(url: URL, prefix: URL | undefined): boolean {
  if (prefix === undefined || url.origin !== prefix.origin || prefix.search !== '') return false;
  const folder = prefix.pathname.endsWith('/') ? prefix.pathname : `${prefix.pathname}/`;
  return url.pathname === prefix.pathname || url.pathname.startsWith(folder);
}
