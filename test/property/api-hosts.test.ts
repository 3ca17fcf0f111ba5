import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApiFetch } from '../../lambdas/client/api-fetch.ts';
import { resolveApiUrl } from '../../lambdas/client/api-url.ts';
import { REAL_TIME } from '../../lambdas/client/client-clock.ts';
import { createRejectionMemory } from '../../lambdas/client/rejection-memory.ts';
import { UnprintableAccessToken, type ZohoAccessToken } from '../../lambdas/client/zoho-access-token.ts';
import { ZohoClientError } from '../../lambdas/client/zoho-client-error.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { ACCESS_TOKEN, accessToken, REFRESH_TOKEN } from '../support/builders.ts';
import { isHostIn, LOCATIONS, type Location, leaks, ZOHO_DOMAINS, zohoDomain } from './arbitraries.ts';
import { anyPath, anyText } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

const location = fc.constantFrom(...LOCATIONS);
const evil = fc.constantFrom(
  ...['evil.com', 'evil.example', '127.0.0.1', '[::1]', '2130706433', '0x7f.1', 'localhost', 'eu'],
);

const SCHEMES = [
  ...['https:', 'https:/', 'https:\\\\', 'https:///', 'HTTPS://', ' https://', 'ht\ntps://', 'https:\t//'],
  ...['http://', '//', '\\\\', '/\\', '\\/', '/\t/', ' //', '///', 'ftp://', 'ws://', 'wss://', 'zoho:'],
  ...['blob:https://', 'data:', 'file://', 'javascript://', 'about:', '', '/', './/', '../..//', '\u0000//'],
];
const USERS = 'user@ user:password@ :password@ :@ @ www.zohoapis.eu@ https://www.zohoapis.eu@'.split(' ');
const PORTS = [':443', ':0443', ':', ':80', ':8443', ':65536', ':٤٤٣', ':443:8443'];
const RESTS = ' / /crm/v8/Leads?fields=x \\crm ?x=1 #x /..//evil.com //evil.com @evil.com/'.split(' ');

/** Changes that turn a Zoho host into another host, or into one that looks similar. */
const DISGUISES: readonly ((zoho: string) => string)[] = [
  (zoho) => `${zoho}.`,
  (zoho) => `.${zoho}`,
  (zoho) => zoho.toUpperCase(),
  (zoho) => zoho.replaceAll('.', '。'),
  (zoho) => zoho.replaceAll('o', 'о'),
  (zoho) => zoho.replaceAll('o', 'ｏ'),
  (zoho) => zoho.replace('o', 'o\u00ad'),
  (zoho) => zoho.replace('zoho', 'zoho\u200b'),
  (zoho) => zoho.replace('zoho', 'xn--zoho-'),
  (zoho) => zoho.replace('zoho', 'evilzoho'),
  (zoho) => zoho.replace('.', '%2E'),
  (zoho) => zoho.replace('.', '\u2024'),
  (zoho) => zoho.replace('zoho', 'zo\tho'),
  (zoho) => zoho.replace('zoho', 'ᶻoho'),
];
const BETWEEN = [...'.-@:\\/?#\t\n ;', '', '..', '%2e', '%00', '%2f'];

interface UrlParts {
  readonly scheme: string;
  readonly user: string;
  readonly host: string;
  readonly port: string;
  readonly rest: string;
}

/** Damages one part of a URL: combines Zoho's host with another, changes the scheme, adds a port or a user name. */
const fault: fc.Arbitrary<(parts: UrlParts) => UrlParts> = fc.oneof(
  fc.constantFrom(...SCHEMES).map((scheme) => (parts: UrlParts) => ({ ...parts, scheme })),
  fc.constantFrom(...USERS).map((user) => (parts: UrlParts) => ({ ...parts, user })),
  fc.constantFrom(...PORTS).map((port) => (parts: UrlParts) => ({ ...parts, port })),
  fc.constantFrom(...RESTS).map((rest) => (parts: UrlParts) => ({ ...parts, rest })),
  fc.constantFrom(...DISGUISES).map((hide) => (parts: UrlParts) => ({ ...parts, host: hide(parts.host) })),
  fc.oneof(evil, zohoDomain).map((host) => (parts: UrlParts) => ({ ...parts, host })),
  fc
    .tuple(evil, fc.constantFrom(...BETWEEN), fc.boolean())
    .map(([other, between, isBefore]) => (parts: UrlParts) => ({
      ...parts,
      host: isBefore ? `${other}${between}${parts.host}` : `${parts.host}${between}${other}`,
    })),
);

/** URLs of the data center with any number of damaged parts. */
const urlOf = (dataCenter: Location): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(
        ...ZOHO_DOMAINS[dataCenter],
        `www.${ZOHO_DOMAINS[dataCenter][1]}`,
        `desk.${ZOHO_DOMAINS[dataCenter][0]}`,
      ),
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(fault) },
        { weight: 2, arbitrary: fc.array(fault, { maxLength: 4 }) },
      ),
      fc.option(fc.tuple(fc.nat({ max: 40 }), anyText(2)), { nil: undefined, freq: 2 }),
    )
    .map(([host, faults, [at, noise] = [0, '']]) => {
      const start: UrlParts = { scheme: 'https://', user: '', host, port: '', rest: '/crm/v8/Leads' };
      const { scheme, user, port, rest, ...last } = faults.reduce((parts, change) => change(parts), start);
      const url = `${scheme}${user}${last.host}${port}${rest}`;
      return url.slice(0, at) + noise + url.slice(at);
    });

const OTHERS = fc.oneof(
  anyPath().map((path) => `https://example.com${path}`),
  anyText(30),
);
const URLS = Object.fromEntries(
  LOCATIONS.map((each) => [each, fc.oneof({ weight: 8, arbitrary: urlOf(each) }, OTHERS)]),
) as Record<Location, fc.Arbitrary<string>>;

/** A data center, and a URL for a call with its token. */
const givenUrl = location.chain((dataCenter) => fc.tuple(fc.constant(dataCenter), URLS[dataCenter]));

describe('the URL of an API call', () => {
  test("is an https URL in the token's data center, or is rejected, whatever the input", () =>
    forAll([givenUrl], runs(300), ([dataCenter, given]) => {
      const url = resolve(given, tokenOf(dataCenter));

      const outcome = url instanceof URL ? isOfDataCenter(url.href, dataCenter) : url.code;
      expect([true, 'invalid_url', 'forbidden_host']).toContain(outcome);
    }));

  test('is the URL that a browser would open, and resolving it again changes nothing', () =>
    forAll([givenUrl], runs(60), ([dataCenter, given]) => {
      const token = tokenOf(dataCenter);
      const url = resolve(given, token);
      fc.pre(url instanceof URL);

      expect(url.href).toBe(new URL(given, `https://www.${ZOHO_DOMAINS[dataCenter][1]}`).href);
      expect(resolveApiUrl(url.href, token).href).toBe(url.href);
      expect(resolveApiUrl(url, token).href).toBe(url.href);
    }));

  test('may be any product in the data center over https, and none in another data center', () =>
    forAll(
      [location, zohoDomain, fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/), anyPath()],
      runs(60),
      (dataCenter, domain, product, pathname) => {
        const given = `https://${product}.${domain}${pathname}`;

        const url = resolve(given, tokenOf(dataCenter));

        const isOwn = ZOHO_DOMAINS[dataCenter].some((own) => own === domain);
        expect(url instanceof URL ? 'called' : url.code).toBe(isOwn ? 'called' : 'forbidden_host');
      },
    ));

  test("is on the token's api_domain when a path is given", () => {
    const query = fc.stringMatching(/^[a-z]{1,8}=[A-Za-z0-9%&=+.-]{0,20}$/);
    const apiDomain = fc.constantFrom(
      'https://www.zohoapis.eu',
      'https://sandbox.zohoapis.eu',
      'https://developer.zohoapis.eu',
    );

    return forAll([apiDomain, anyPath(), query], runs(60), (domain, pathname, search) => {
      const url = resolveApiUrl(
        `${pathname}?${search}`,
        new UnprintableAccessToken(accessToken({ apiDomain: domain })),
      );

      expect(url.origin).toBe(domain);
      expect(url.pathname).toBe(pathname);
    });
  });

  const secretUrl = fc
    .tuple(
      URLS.eu,
      fc.constantFrom<(url: string) => string>(
        (url) => `${url}?token=${REFRESH_TOKEN}`,
        (url) => `${url}#${REFRESH_TOKEN}`,
        (url) => url.replace('//', `//user:${REFRESH_TOKEN}@`),
        (url) => url.replace('//', `//${REFRESH_TOKEN}@`),
      ),
    )
    .map(([url, put]) => put(url))
    .filter(hasItsSecretAside);

  test('that is rejected is reported without its query, its password and the token', () =>
    forAll([secretUrl], runs(60), (given) => {
      const refused = resolve(given, tokenOf('eu'));
      fc.pre(refused instanceof ZohoClientError);

      expect(leaks(refused.message, REFRESH_TOKEN) || leaks(inspect(refused), ACCESS_TOKEN)).toBe(false);
    }));
});

describe('an API call', () => {
  const header = fc.constantFrom<RequestInit>(
    {},
    { headers: { Authorization: 'Basic dXNlcg==', 'x-other': '1' } },
    {
      headers: [
        ['AUTHORIZATION', 'a'],
        ['authorization', 'b'],
      ],
    },
    { headers: new Headers({ authorization: '' }), method: 'DELETE' },
  );

  test('sends a token only to hosts of its own data center, also after a retry with a second token', () =>
    forAll(
      [
        givenUrl,
        location,
        header,
        fc.array(fc.constantFrom(200, 401, 403, 400), { minLength: 2, maxLength: 2 }),
      ],
      runs(80),
      async ([first, given], second, init, statuses) => {
        const tokens = [tokenOf(first), tokenOf(second, OTHER_TOKEN)] as const;

        const sent = await callsOf({ given, init, statuses, tokens });

        const used = sent.map((_, call) =>
          call === 0 ? { text: ACCESS_TOKEN, dataCenter: first } : { text: OTHER_TOKEN, dataCenter: second },
        );
        expect(sent.map(({ authorization }) => authorization)).toEqual(
          used.map(({ text }) => `Zoho-oauthtoken ${text}`),
        );
        expect(
          used.filter(({ dataCenter }, call) => !isOfDataCenter(sent[call]?.url ?? '', dataCenter)),
        ).toEqual([]);
      },
    ));
});

const OTHER_TOKEN = '1000.other00000000000000000000000000.token';

function tokenOf(dataCenter: Location, text = ACCESS_TOKEN): ZohoAccessToken {
  const apiDomain = `https://www.${ZOHO_DOMAINS[dataCenter][1]}`;
  return new UnprintableAccessToken(accessToken({ dataCenter, apiDomain, accessToken: new Redacted(text) }));
}

function resolve(given: string, token: ZohoAccessToken): URL | ZohoClientError {
  try {
    return resolveApiUrl(given, token);
  } catch (error) {
    if (error instanceof ZohoClientError) return error;
    throw error;
  }
}

/**
 * True when a URL has its secret in the password, the query or the fragment, as intended. In a text that is not a URL, or in
 * a URL of another kind, the secret may be anywhere.
 */
function hasItsSecretAside(text: string): boolean {
  if (!URL.canParse(text, 'https://www.zohoapis.eu')) return false;
  const { protocol, host, pathname } = new URL(text, 'https://www.zohoapis.eu');
  return /^https?:$/.test(protocol) && !leaks(`${host}${pathname}`, REFRESH_TOKEN);
}

function isOfDataCenter(href: string, dataCenter: Location): boolean {
  const [, host = ''] = /^https:\/\/([^/?#@:\\\s%]+)\//.exec(href) ?? [];
  return isHostIn(ZOHO_DOMAINS[dataCenter], host);
}

/** The requests of one `fetch`. A second one follows if a response rejects the first token. */
async function callsOf({
  given,
  init,
  statuses,
  tokens,
}: {
  readonly given: string;
  readonly init: RequestInit;
  readonly statuses: readonly number[];
  readonly tokens: readonly [ZohoAccessToken, ZohoAccessToken];
}) {
  const sent: { url: string; authorization: string }[] = [];
  const fetch = createApiFetch({
    getAccessToken: () => Promise.resolve(tokens[0]),
    recover: () => Promise.resolve(tokens[1]),
    isYoung: () => false,
    memory: createRejectionMemory(),
    clock: REAL_TIME,
    timeoutMs: 60_000,
    recordCall: () => {},
    allowedHosts: [],
    fetch: (url, { headers } = {}) => {
      sent.push({ url: String(url), authorization: new Headers(headers).get('authorization') ?? 'none' });
      return Promise.resolve(
        new Response('{"code":"INVALID_TOKEN"}', { status: statuses[sent.length - 1] ?? 200 }),
      );
    },
  });
  await fetch(given, init).catch((error: unknown) => {
    if (!(error instanceof ZohoClientError)) throw error;
  });
  return sent;
}
