import { DATA_CENTER_LOCATIONS, DATA_CENTERS } from '../zoho/data-centers.ts';
import { type Callback, parseCallback } from './callback.ts';

/** Where the consent page sends the browser, and the `state` that it returns. */
export interface ExpectedRedirect {
  readonly redirectUri: string;
  readonly state: string;
}

/**
 * A pasted text, judged.
 * - `no-address`: it is not a web address
 * - `consent-page`: it is an address of Zoho, where the consent was not yet given
 * - `other-address`: it is not the redirect URI
 * - `no-answer`: it is the redirect URI without the parameters that Zoho adds
 * - `incomplete`: it ends before or within `state`, which Zoho always adds
 * - `other-state`: it belongs to another authorization
 */
export type PastedAddress =
  | { readonly kind: 'callback'; readonly callback: Callback }
  | { readonly kind: PastedProblem };

export type PastedProblem =
  | 'no-address'
  | 'consent-page'
  | 'other-address'
  | 'no-answer'
  | 'incomplete'
  | 'other-state';

const LONGEST_ADDRESS = 8_192;

/**
 * Parses the address at which the browser ended. What chats and mails add is removed: line breaks, quotes, `&amp;` for `&`, and the
 * text around the address. The scheme, which some browsers hide, may be missing.
 */
export function parsePastedAddress(text: string, { redirectUri, state }: ExpectedRedirect): PastedAddress {
  const expected = new URL(redirectUri);
  const pasted = findAddress(text, expected);
  const address = pasted.startsWith(`${expected.host}/`) ? `${expected.protocol}//${pasted}` : pasted;
  if (address.length > LONGEST_ADDRESS || !/^https?:\/\//i.test(address) || !URL.canParse(address))
    return { kind: 'no-address' };
  const { origin, pathname, searchParams } = new URL(address);
  if (isOfZoho(origin)) return { kind: 'consent-page' };
  if (origin !== expected.origin || pathname !== expected.pathname) return { kind: 'other-address' };
  if (!searchParams.has('code') && !searchParams.has('error')) return { kind: 'no-answer' };
  const found = searchParams.getAll('state').join();
  if (found !== state && state.startsWith(found)) return { kind: 'incomplete' };
  if (found !== state) return { kind: 'other-state' };
  return { kind: 'callback', callback: parseCallback(searchParams) };
}

/** What may stand before the address. Otherwise it is part of another one. */
const BEFORE = /[\s<"'`([]$/;

/** The address in a text. A space or an empty line ends it. A line break may be within it, if the next line is one word. */
function findAddress(text: string, { origin, host, pathname }: URL): string {
  const start = [`${origin}${pathname}`, `${host}${pathname}`]
    .map((beginning) => text.indexOf(beginning))
    .find((index) => index > 0 && BEFORE.test(text.slice(0, index)));
  const lines = text
    .slice(start)
    .trim()
    .split('\n')
    .map((line) => line.trim());
  const end = lines.findIndex((line, index) => index > 0 && (line === '' || /\s/.test(line)));
  const [found = ''] = lines
    .slice(0, end === -1 ? undefined : end)
    .join('')
    .split(/\s/);
  return found
    .replaceAll('&amp;', '&')
    .replace(/^[<"'`(]+/, '')
    .replace(/[>"'`).,;!\]]+$/, '');
}

function isOfZoho(origin: string): boolean {
  return DATA_CENTER_LOCATIONS.some((location) => DATA_CENTERS[location].accountsServer === origin);
}
