import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Canary } from '../../secrecy/canary.ts';

const TOKEN = '1000.c0ffee1234deadbeef9876fedcba5501.7e57ab1e0ddba11feedfacecafe00d42';

function watching(secret = TOKEN): Canary {
  const canary = new Canary();
  canary.watchFor('the token', secret);
  return canary;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Secrets that look different in each disguise, at every place. */
const LETTERS = 'AbCdEfGhIjKlMnOpQrSt';
const SPACES = 'a b c d e f g h i j';
const SPACED_SIGNS = 'a /b /c /d /e /f /';
const SIGNS = '/a+b/c+d/e+f/g+h/';
const QUOTES = '"a"b"c"d"e"f"g"h"';
const HIGH_BITS = '~?>~?>~?>~?>~?>~?>~?>';

describe('the searcher finds a secret', () => {
  const bytes = (text: string) => Buffer.from(text);
  const disguises: [disguise: string, secret: string, wear: (secret: string) => string][] = [
    ['as it is', TOKEN, (secret) => `Zoho-oauthtoken ${secret}`],
    ['in small letters', LETTERS, (secret) => `https://${secret.toLowerCase()}.example/`],
    ['in capitals', LETTERS, (secret) => secret.toUpperCase()],
    ['JSON', QUOTES, (secret) => JSON.stringify({ secret })],
    ['JSON in JSON', QUOTES, (secret) => JSON.stringify({ body: JSON.stringify({ secret }) })],
    ['percent-encoded', SIGNS, (secret) => `https://x.example/?secret=${encodeURIComponent(secret)}&b=2`],
    ['percent-encoded', SIGNS, (secret) => encodeURIComponent(secret).toLowerCase()],
    ['form-encoded', SPACES, (secret) => new URLSearchParams({ a: '1', secret, b: '2' }).toString()],
    ['form-encoded', SPACED_SIGNS, (secret) => new URLSearchParams({ secret }).toString().toLowerCase()],
    ['hex', TOKEN, (secret) => bytes(secret).toString('hex')],
    ['hex', TOKEN, (secret) => bytes(secret).toString('hex').toUpperCase()],
    ['base64', HIGH_BITS, (secret) => base64(secret)],
    ['base64', HIGH_BITS, (secret) => base64(`a${secret}z`)],
    ['base64', HIGH_BITS, (secret) => base64(`ab${secret}yz`)],
    ['base64url', HIGH_BITS, (secret) => bytes(secret).toString('base64url')],
    ['base64url', HIGH_BITS, (secret) => bytes(`a${secret}z`).toString('base64url')],
    ['base64url', HIGH_BITS, (secret) => bytes(`ab${secret}yz`).toString('base64url')],
  ];

  it.each(disguises)('%s', (disguise, secret, wear) => {
    const finds = watching(secret).find(`before ${wear(secret)} behind`);

    expect(finds).toMatchObject([{ secret: 'the token', disguise }]);
  });

  it.each([0, 1, 2, 3, 4, 5])('in base64 with %i bytes before it and any behind it', (before) => {
    const texts = ['', 'z', 'zz'].map((behind) => base64(`${'a'.repeat(before)}${TOKEN}${behind}`));

    expect(texts.map((text) => watching().find(text).length)).toEqual([1, 1, 1]);
  });

  it('in base64 that is broken into lines', () => {
    const lines = base64(`a mail with ${TOKEN} in it`).replace(/.{20}/g, '$&\r\n');

    expect(watching().find(lines)).not.toEqual([]);
  });

  const shifted = (piece: string) => [0, 1, 2].map((before) => base64(`${'a'.repeat(before)}${piece}`));

  it.each<[disguise: string, textsWith: (piece: string) => string[]]>([
    ['as they are', (piece) => [`code ${piece}, status 400`]],
    ['in base64', shifted],
    ['in hex', (piece) => [bytes(piece).toString('hex')]],
  ])('by any twelve of its characters %s', (_, textsWith) => {
    const randomPart = TOKEN.slice('1000.'.length);
    const pieces = Array.from({ length: randomPart.length - 11 }, (_, at) => randomPart.slice(at, at + 12));

    const missed = pieces.filter((piece) =>
      textsWith(piece).some((text) => watching().find(text).length !== 1),
    );

    expect(missed).toEqual([]);
  });

  it('cut off at its end, as a message that was shortened has it', () => {
    const text = `token ${TOKEN.slice(0, 20)}...`;

    expect(watching().find(text)).toEqual([
      { secret: 'the token', disguise: 'as it is', around: 'token 1000.c0ffee1234deadb...' },
    ]);
  });

  it('as often as it occurs, with its name', () => {
    const canary = watching();
    canary.watchFor('the client secret', 'f00dfacef00dfacef00dfacef00dfacef00dface42');

    const finds = canary.find(`${TOKEN} and f00dfacef00dfacef00dfacef00dfacef00dface42 and ${TOKEN}`);

    expect(finds.map(({ secret }) => secret)).toEqual(['the token', 'the client secret', 'the token']);
  });
});

describe('the searcher does not take for a secret', () => {
  it.each([
    ['the beginning that all tokens share', '1000.'],
    ['another token', '1000.00112233445566778899aabbccddeeff.ffeeddccbbaa99887766554433221100'],
    ['eleven of its characters', TOKEN.slice(5, 16)],
    ['its hash', createHash('sha256').update(TOKEN).digest('hex')],
    ['base64 of a few of its characters', base64(`code ${TOKEN.slice(5, 14)}, status 400`)],
    ['hex of a few of its characters', Buffer.from(TOKEN.slice(5, 14)).toString('hex')],
    ['base64 of another token', base64('1000.00112233445566778899aabbccddeeff')],
    ['prose', 'Zoho does not accept the refresh token. Authorize the connection again.'],
  ])('%s', (_, text) => {
    expect(watching().find(text)).toEqual([]);
  });
});

describe('a secret that could match by coincidence', () => {
  it.each(['', 'short', '1000.123456789abcdef'])('%j is refused', (secret) => {
    expect(() => watching(secret)).toThrow('too short');
  });
});
