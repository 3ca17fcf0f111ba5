import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseApiDomain } from '../../lambdas/core/zoho/data-centers.ts';
import { isHostIn, ZOHO_DOMAINS, zohoDomain } from './arbitraries.ts';
import { anyText } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

const evil = fc.constantFrom('evil.com', 'evil.example', 'evil', 'xn--zohoapis-test', 'zoho.evil.com');

/** Addresses that imitate Zoho's. */
const hostileUrl = fc.oneof(
  fc.tuple(zohoDomain, evil).map(([zoho, host]) => `https://${zoho}.${host}`),
  fc.tuple(evil, zohoDomain).map(([host, zoho]) => `https://${host}${zoho}`),
  fc.tuple(evil, zohoDomain).map(([host, zoho]) => `https://${host}-${zoho}`),
  fc.tuple(zohoDomain, evil).map(([zoho, host]) => `https://${zoho}@${host}`),
  fc.tuple(zohoDomain, evil).map(([zoho, host]) => `https://user:${zoho}@${host}`),
  fc.tuple(evil, zohoDomain).map(([host, zoho]) => `https://${host}/${zoho}`),
  fc.tuple(evil, zohoDomain).map(([host, zoho]) => `https://${host}?.${zoho}`),
  fc.tuple(evil, zohoDomain).map(([host, zoho]) => `https://${host}#.${zoho}`),
  fc.tuple(evil, zohoDomain).map(([host, zoho]) => `https://${host}\\.${zoho}`),
  fc.tuple(zohoDomain, evil).map(([zoho, host]) => `https://${zoho}%2e${host}`),
  fc.tuple(zohoDomain, fc.integer({ min: 1, max: 65_535 })).map(([zoho, port]) => `https://${zoho}:${port}`),
  zohoDomain.map((zoho) => `https://${zoho}.`),
  zohoDomain.map((zoho) => `https://${zoho.replace('o', 'о')}`),
  zohoDomain.map((zoho) => `http://${zoho}`),
  zohoDomain.map((zoho) => `https://user@${zoho}`),
);

/** Any text, and modified Zoho addresses. */
const anyUrl = fc.oneof(
  hostileUrl,
  fc.webUrl(),
  fc
    .tuple(zohoDomain, anyText(3), fc.nat({ max: 30 }))
    .map(([zoho, text, at]) => splice(`https://www.${zoho}`, at, text)),
);

describe('the api_domain of a response', () => {
  test('is an https origin of Zoho, or undefined, for any value', () =>
    forAll([fc.anything()], runs(1000), (given) => {
      const origin = parseApiDomain(given);

      expect(origin === undefined || isZohoOrigin(origin)).toBe(true);
    }));

  test('is the https origin of Zoho that is given, never another, or undefined', () =>
    forAll([anyUrl], runs(1000), (given) => {
      const origin = parseApiDomain(given);

      expect(origin === undefined || (isZohoOrigin(origin) && new URL(given).origin === origin)).toBe(true);
    }));

  test("is never a host that only looks like Zoho's", () =>
    forAll([hostileUrl], runs(1000), (given) => {
      expect(parseApiDomain(given) === undefined || given.endsWith(':443')).toBe(true);
    }));

  test('may be any product or sandbox of any data center', () =>
    forAll([fc.stringMatching(/^[a-z][a-z0-9]{0,12}$/), zohoDomain], runs(100), (product, zoho) => {
      const origin = `https://${product}.${zoho}`;

      expect(parseApiDomain(origin)).toBe(origin);
    }));
});

function isZohoOrigin(origin: string): boolean {
  const host = origin.replace(/^https:\/\//, '');
  return origin !== host && !/[/?#@:\\]/.test(host) && isHostIn(Object.values(ZOHO_DOMAINS).flat(), host);
}

function splice(text: string, at: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at);
}
