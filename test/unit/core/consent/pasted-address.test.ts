import { describe, expect, it } from 'vitest';
import { adviseOnPasted, adviseOnRefusal } from '../../../../lambdas/core/consent/consent-advice.ts';
import { parsePastedAddress } from '../../../../lambdas/core/consent/pasted-address.ts';

const EXPECTED = { redirectUri: 'http://localhost:8400/callback', state: 'the-state' };
const QUERY = '?state=the-state&code=1000.a.b&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu';
const ADDRESS = `${EXPECTED.redirectUri}${QUERY}`;

describe('a pasted address', () => {
  it.each([
    ['as it is', ADDRESS],
    ['without its scheme, as some browsers show it', ADDRESS.replace('http://', '')],
    ['in angle brackets, as mail programs write it', `<${ADDRESS}>`],
    ['in quotes', `"${ADDRESS}"`],
    ['broken over lines by a chat', `${ADDRESS.slice(0, 60)}\n  ${ADDRESS.slice(60)}\n`],
    ['with & written as in HTML', ADDRESS.replaceAll('&', '&amp;')],
    ['with text before it', `Here it is: ${ADDRESS}`],
    ['with text after it', `${ADDRESS} is what I got.`],
    ['at the end of a sentence', `It ended at ${ADDRESS}.`],
    ['between lines of text', `Hello,\r\n\r\n${ADDRESS}\r\nIs that right?\r\n\r\nAnn`],
    ['above a signature', `${ADDRESS}\n\nAnn`],
    [
      'broken over lines, with text around it',
      `Here:\n${ADDRESS.slice(0, 60)}\n${ADDRESS.slice(60)}\nBest regards`,
    ],
    ['after another address', `Your link http://example.com/x led to <${ADDRESS}>`],
  ])('is accepted %s', (_, text) => {
    const parsed = parsePastedAddress(text, EXPECTED);

    expect(parsed).toEqual(parsePastedAddress(ADDRESS, EXPECTED));
    expect(parsed).toMatchObject({ kind: 'callback', callback: { kind: 'code', dataCenter: 'eu' } });
  });

  it.each([
    ['no-address', 'yes, done'],
    ['no-address', ''],
    ['no-address', `javascript:alert(1)//${ADDRESS}`],
    ['no-address', `${ADDRESS}${'x'.repeat(9_000)}`],
    ['consent-page', 'https://accounts.zoho.eu/oauth/v2/auth?state=the-state&code=1'],
    ['other-address', ADDRESS.replace('8400', '8401')],
    ['other-address', ADDRESS.replace('http://', 'https://')],
    ['other-address', ADDRESS.replace('localhost:8400', 'localhost:8400@attacker.example')],
    ['no-answer', EXPECTED.redirectUri],
    ['other-state', ADDRESS.replace('the-state', 'other')],
    ['other-address', `https://attacker.example/?next=${ADDRESS}`],
    ['other-state', `${ADDRESS}&state=other`],
    ['incomplete', ADDRESS.replace('state=the-state&', '')],
    ['incomplete', `${EXPECTED.redirectUri}?code=1000.a.b&state=the-st`],
  ] as const)('is refused as %s: %s', (kind, text) => {
    expect(parsePastedAddress(text, EXPECTED)).toEqual({ kind });
  });

  it('may hold a refusal of Zoho', () => {
    const text = `${EXPECTED.redirectUri}?error=no_org&state=the-state`;

    expect(parsePastedAddress(text, EXPECTED)).toEqual({
      kind: 'callback',
      callback: { kind: 'error', error: 'no_org' },
    });
  });

  it('that is refused is never quoted', () => {
    for (const kind of [
      'no-address',
      'consent-page',
      'other-address',
      'no-answer',
      'incomplete',
      'other-state',
    ] as const)
      expect(adviseOnPasted(kind, 'crm-prod').message).toContain('(value omitted)');
  });
});

describe('a refusal of Zoho', () => {
  const advise = (callback: Parameters<typeof adviseOnRefusal>[0], afterMs = 60_000) =>
    adviseOnRefusal(callback, { scopes: ['ZohoCRM.modules.ALL', 'ZohoBooks.invoices.READ'], afterMs });

  it('that comes sooner than a person can decide is put down to the limit on codes', () => {
    expect(advise({ kind: 'denied' }, 2_999).nextStep).toMatch(/^Zoho gives a client 10 codes/);
    expect(advise({ kind: 'denied' }, 3_000).nextStep).toMatch(/^Start again, and accept/);
  });

  it('for a user without an organization names the products', () => {
    expect(advise({ kind: 'error', error: 'no_org' }).message).toContain('ZohoCRM or ZohoBooks (no_org)');
    expect(advise({ kind: 'error', error: 'invalid_scope' }).message).toContain('(invalid_scope)');
  });
});
