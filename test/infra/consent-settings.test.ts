import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../infra/settings/parse-settings.ts';
import { InvalidSettingsError } from '../../infra/settings/problems.ts';
import { createStack } from './synthesize.ts';

const PLACE = { env: { account: '111122223333', region: 'eu-central-1' } };

test('a name is enough', () => {
  expect(parseSettings({ consent: { displayName: 'Acme' } }).consent).toEqual({
    displayName: 'Acme',
    callerRoles: [],
    returnUrls: [],
    inviteHours: 72,
    confirm: 'mismatch',
    requestsPerSecond: 10,
    reservedConcurrency: 5,
    eventEmail: false,
  });
});

test('a return URL without a path ends at its host', () => {
  const { consent } = parseSettings({
    consent: { displayName: 'Acme', returnUrls: ['https://app.example.com'] },
  });

  expect(consent?.returnUrls).toEqual(['https://app.example.com/']);
});

describe('an invalid setting is refused with what is allowed:', () => {
  test.each([
    [{}, 'consent.displayName: is missing. Allowed: one line of at most 80 characters, such as "Acme CRM".'],
    [{ displayName: 'a\nb' }, 'consent.displayName: "a\\nb" is not a name to show.'],
    [{ displayName: ' ' }, 'consent.displayName: " " is not a name to show.'],
    [{ displayName: 'a'.repeat(81) }, 'is not a name to show.'],
    [
      { displayName: 'Acme', domainName: 'connect.example.com' },
      'consent.certificateArn: is missing, and domainName is given. Allowed: both, or none of them.',
    ],
    [
      { displayName: 'Acme', certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/a' },
      'consent.domainName: is missing, and certificateArn is given.',
    ],
    [{ displayName: 'Acme', domainName: 'https://connect.example.com' }, 'is not a domain name.'],
    [{ displayName: 'Acme', returnUrls: ['http://app.example.com/'] }, 'consent.returnUrls[0]: '],
    [{ displayName: 'Acme', returnUrls: ['https://app.example.com/?x=1'] }, 'consent.returnUrls[0]: '],
    [{ displayName: 'Acme', returnUrls: ['https://*.example.com/'] }, 'consent.returnUrls[0]: '],
    [{ displayName: 'Acme', returnUrls: ['https://user@example.com/'] }, 'consent.returnUrls[0]: '],
    [
      {
        displayName: 'Acme',
        returnUrls: Array.from({ length: 50 }, (_, n) => `https://app.example.com/tenant-${n}/zoho`),
      },
      'consent.returnUrls: is too long. Allowed: at most 2000 bytes of JSON.',
    ],
    [
      { displayName: 'Acme', callerRoles: ['arn:aws:iam::111122223333:user/eve'] },
      'consent.callerRoles[0]: ',
    ],
    [
      {
        displayName: 'Acme',
        callerRoles: ['arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin'],
      },
      'Roles of IAM Identity Center cannot be listed',
    ],
    [
      { displayName: 'Acme', inviteHours: 169 },
      'consent.inviteHours: 169 is not valid. Allowed: a whole number from 1 to 168.',
    ],
    [
      { displayName: 'Acme', confirm: 'yes' },
      'consent.confirm: "yes" is not a choice. Allowed: never, mismatch, always.',
    ],
    [{ displayName: 'Acme', logo: 'logo.jpg' }, 'consent.logo: "logo.jpg" is not a logo.'],
    [
      { displayName: 'Acme', color: 'red' },
      'consent.color: is not a known key. Allowed: displayName, domainName,',
    ],
    [{ displayName: 'Acme', client_secret: 'x' }, 'consent.client_secret: does not belong here.'],
    [
      'Acme',
      'consent: "Acme" is not a configuration of the consent pages. Allowed: an object with displayName.',
    ],
  ])('%j', (consent, problem) => {
    expect(() => parseSettings({ consent })).toThrow(problem);
  });
});

test('a role of another account cannot be a caller', () => {
  const consent = { displayName: 'Acme', callerRoles: ['arn:aws:iam::444455556666:role/backend'] };

  expect(() => createStack({ consent }, undefined, PLACE)).toThrow(InvalidSettingsError);
  expect(() => createStack({ consent }, undefined, PLACE)).toThrow(
    'consent.callerRoles[0]: "arn:aws:iam::444455556666:role/backend" is in account 444455556666, the stack is in 111122223333.',
  );
});

test('a logo that is missing, too large or no image is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zoho-logo-'));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const withLogo = (logo: string) => () => createStack({ consent: { displayName: 'Acme', logo } });

  expect(withLogo('missing.svg')).toThrow('consent.logo: "missing.svg" does not exist.');
  expect(withLogo(file('large.svg', `<svg>${' '.repeat(65_536)}</svg>`))).toThrow('Allowed: at most 65536.');
  expect(withLogo(file('text.svg', 'hello'))).toThrow('is no SVG image.');
  expect(withLogo(file('text.png', 'hello'))).toThrow('is no PNG image.');
});
