import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../cli/cli-error.ts';
import { parsePipedInput } from '../../cli/consent/piped-input.ts';
import { parseRedirectUri } from '../../cli/consent/redirect-uri.ts';
import { parseCallback } from '../../lambdas/core/consent/callback.ts';
import { DATA_CENTER_LOCATIONS, DATA_CENTERS } from '../../lambdas/core/zoho/data-centers.ts';
import { leaks, secret } from './arbitraries.ts';
import { anyText } from './damaged-json.ts';
import { forAll, runs, runsAfter } from './fuzz-runs.ts';

const text = fc.oneof(anyText(20), fc.string());

/** The result of a call, or the usage error that it throws. Any other error fails the test. */
function valueOrUsageError<Value>(call: () => Value): Value | UsageError {
  try {
    return call();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

describe('the redirect from the browser', () => {
  const location = fc.oneof(
    fc.constantFrom(...DATA_CENTER_LOCATIONS, 'EU', 'eu ', '', 'constructor', '__proto__'),
    text,
  );
  const server = fc.oneof(
    fc.constantFrom(...DATA_CENTER_LOCATIONS.map((known) => DATA_CENTERS[known].accountsServer)),
    fc
      .tuple(
        fc.constantFrom('https://', 'http://', 'https://x@', '//', ''),
        fc.constantFrom(
          ...'accounts.zoho.eu ACCOUNTS.ZOHO.EU accounts.zoho.eu. accounts.zoho.ca zoho.eu'.split(' '),
        ),
        fc.constantFrom(...' / // :443 :8443 .attacker.example @attacker.example /oauth ? #'.split(' ')),
      )
      .map((parts) => parts.join('')),
    text,
  );
  const parameters = fc
    .record(
      { code: text, location, 'accounts-server': server, error: text, state: text },
      { requiredKeys: [] },
    )
    .map((record) => new URLSearchParams(Object.entries(record) as [string, string][]));

  test('is accepted only if location and accounts server belong to the same data center', () =>
    forAll([parameters], runs(2000), (given) => {
      const callback = parseCallback(given);

      if (callback.kind !== 'code') return;
      const [saidLocation, saidServer] = [given.get('location'), given.get('accounts-server')];
      const fitting = DATA_CENTER_LOCATIONS.filter(
        (known) =>
          (saidLocation === null || saidLocation === known) &&
          (saidServer === null ||
            [saidServer, saidServer.slice(0, -1)].includes(DATA_CENTERS[known].accountsServer)),
      );
      if (saidLocation === null && saidServer === null) expect(callback.dataCenter).toBeUndefined();
      else expect([callback.dataCenter]).toEqual(fitting);
    }));

  test('shows an error only if it is a known Zoho error: no other text reaches the terminal', () =>
    forAll([parameters], runs(500), (given) => {
      const callback = parseCallback(given);

      if (callback.kind === 'error' && callback.error !== undefined)
        expect(callback.error).toMatch(/^[a-z_]{1,40}$/);
    }));
});

describe('a redirect URI', () => {
  const uri = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('http://', 'https://', 'HTTP://', 'file://', ''),
        fc.constantFrom('', 'user@', 'user:password@'),
        fc.constantFrom(
          ...'localhost LOCALHOST 127.0.0.1 127.1 0x7f.1 [::1] 0.0.0.0 localhost. a.example'.split(' '),
        ),
        fc.constantFrom('', ':8400', ':80', ':0', ':00', ':65536', ':x'),
        fc.constantFrom('', '/', '/callback', '/../x', '/?', '/?a=b', '/#', '/#a', '\\x', '/ü'),
      )
      .map((parts) => parts.join('')),
    fc.webUrl(),
    text,
  );

  test('is on this machine with a port to listen on, or is a usage error', () =>
    forAll([uri], runsAfter(['http://localhost:0/callback', 'http://u:p@localhost:8400/'], 2000), (given) => {
      const parsed = valueOrUsageError(() => parseRedirectUri(given));

      if (parsed instanceof UsageError) return;
      const { protocol, hostname, username, password } = new URL(given);
      expect(parsed.text).toBe(given);
      expect(protocol).toBe('http:');
      expect(['localhost', '127.0.0.1']).toContain(hostname);
      expect(`${username}${password}`).toBe('');
      expect(parsed.port).toBeGreaterThan(0);
      expect(parsed.port).toBeLessThan(65_536);
      expect(parsed.host).toBe(`${hostname}:${parsed.port}`);
    }));
});

describe('the piped input', () => {
  const value = fc.oneof(secret, text, fc.constantFrom('', ' ', null, 5, true, [], {}));
  const json = fc
    .record(
      {
        client_id: value,
        client_secret: value,
        refresh_token: value,
        data_center: fc.oneof(value, fc.constantFrom(...DATA_CENTER_LOCATIONS, 'EU', 'mars', 'toString')),
      },
      { requiredKeys: [] },
    )
    .map((document) => JSON.stringify(document));
  const piped = fc.oneof(
    json,
    json.map((whole) => whole.slice(0, -1)),
    text,
    fc.array(secret).map((lines) => lines.join('\r\n')),
  );

  test('is parsed or is a usage error, and never yields an unknown data center', () =>
    forAll([piped], runs(1000), (given) => {
      const parsed = valueOrUsageError(() => parsePipedInput(given.trim()));

      if (parsed instanceof UsageError) return;
      expect([undefined, ...DATA_CENTER_LOCATIONS]).toContain(parsed.dataCenter);
      for (const each of [
        parsed.clientId,
        parsed.clientSecret?.reveal(),
        parsed.refreshToken?.reveal(),
        parsed.line?.reveal(),
      ])
        if (each !== undefined) expect(each).toBe(each.trim());
    }));

  const withSecret = fc
    .tuple(secret, fc.constantFrom('{', '{"data_center":"', 'a\nb\n', '{"client_id":', ''))
    .map(([hidden, before]) => ({ hidden, given: `${before}${hidden}"}` }));

  test('is never shown in an error', () =>
    forAll([withSecret], runs(500), ({ hidden, given }) => {
      const parsed = valueOrUsageError(() => parsePipedInput(given));

      if (!(parsed instanceof UsageError)) return;
      expect(leaks(`${parsed.message} ${parsed.nextStep}`, hidden)).toBe(false);
    }));
});
