import { expect, test } from 'vitest';
import { readPagesConfig } from '../../../lambdas/consent-pages/config.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:consent-api:pages';
const GIVEN = { CONSENT_API: ARN, DISPLAY_NAME: 'Acme', BASE_URL: 'https://connect.acme.example' };

test('the environment is read', () => {
  expect(readPagesConfig(GIVEN)).toEqual({
    consentApi: ARN,
    brand: { displayName: 'Acme', host: 'connect.acme.example', logo: undefined },
  });
});

test.each([
  ['/opt/logo.svg', 'data:image/svg+xml;base64,PHN2Zy8+'],
  ['/opt/logo.png', 'data:image/png;base64,PHN2Zy8+'],
])('the logo %s becomes a part of the page', (path, uri) => {
  const { brand } = readPagesConfig({ ...GIVEN, LOGO_PATH: path }, () => Buffer.from('<svg/>'));

  expect(brand.logo).toBe(uri);
});

test.each([
  [{ CONSENT_API: undefined }, 'CONSENT_API is missing'],
  [{ CONSENT_API: ARN.replace(':pages', ':callers') }, 'CONSENT_API is not the ARN of an alias "pages"'],
  [{ DISPLAY_NAME: '' }, 'DISPLAY_NAME is empty'],
  [{ BASE_URL: 'http://connect.acme.example' }, 'BASE_URL is not an origin'],
  [{ BASE_URL: 'https://connect.acme.example/path' }, 'BASE_URL is not an origin'],
  [{ LOGO_PATH: '/opt/logo.gif' }, 'LOGO_PATH is not a file .svg or .png'],
  [{ LOGO_PATH: '/missing/logo.svg' }, 'The logo /missing/logo.svg (LOGO_PATH) cannot be read'],
])('%j is refused: %s', (change, message) => {
  expect(() => readPagesConfig({ ...GIVEN, ...change })).toThrow(message);
});

test('the sandbox is at http://localhost', () => {
  expect(readPagesConfig({ ...GIVEN, BASE_URL: 'http://localhost:8080' }).brand.host).toBe('localhost:8080');
});
