import { describe, expect, test } from 'vitest';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import { chooseApiDomain } from '../../../../lambdas/core/refresh/choose-api-domain.ts';
import { parseCredentials } from '../../../../lambdas/core/secrets/credentials.ts';
import {
  ACCESS_TOKEN,
  activeConnection,
  CLIENT_SECRET,
  credentialsSecret,
  HOUR_MS,
  NOW_MS,
  REFRESH_TOKEN,
} from '../../../support/builders.ts';

const EU = 'https://www.zohoapis.eu';
const SANDBOX = 'https://sandbox.zohoapis.eu';
const US = 'https://www.zohoapis.com';
const OTHER_REFRESH_TOKEN = '1000.other-0123456789abcdef';

function choose(
  sent: { apiDomain?: string; unknownApiHost?: string },
  previous: string | undefined = undefined,
) {
  const parsed = parseCredentials(credentialsSecret());
  if (!parsed.ok) throw new Error('The credentials are invalid.');
  return chooseApiDomain({
    connection: activeConnection({ apiDomain: previous }),
    credentials: parsed.credentials,
    response: {
      ...{ kind: 'token', scope: undefined, lifetimeMs: HOUR_MS },
      accessToken: new Redacted(ACCESS_TOKEN),
      refreshToken: new Redacted(OTHER_REFRESH_TOKEN),
      apiDomain: sent.apiDomain,
      unknownApiHost: sent.unknownApiHost,
    },
    startedAtMs: NOW_MS,
  });
}

describe('the api_domain that is published', () => {
  test.each([
    [
      "the one of the answer, in the credentials' data center",
      { apiDomain: SANDBOX },
      EU,
      SANDBOX,
      undefined,
    ],
    ['the previous one, if the answer has none', {}, SANDBOX, SANDBOX, undefined],
    ["the data center's, if there is no previous one", {}, undefined, EU, undefined],
    ["the data center's, if the previous one belongs to another", {}, US, EU, undefined],
    ['not that of another data center', { apiDomain: US }, SANDBOX, SANDBOX, 'www.zohoapis.com'],
    ['not that of another data center, even if it was', { apiDomain: US }, US, EU, 'www.zohoapis.com'],
    ['not an unknown one', { unknownApiHost: 'a.example' }, undefined, EU, 'a.example'],
    ['not one that cannot be shown', { unknownApiHost: '(value omitted)' }, EU, EU, '(value omitted)'],
  ])('is %s', (_, sent, previous, apiDomain, ignored) => {
    expect(choose(sent, previous)).toEqual({ apiDomain, ignored });
  });

  test.each([ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, OTHER_REFRESH_TOKEN])(
    'and the one that is ignored contain no secret: %s',
    (secret) => {
      const expected = { apiDomain: EU, ignored: '(value omitted)' };

      expect(choose({ apiDomain: `https://${secret}.zohoapis.eu` })).toEqual(expected);
      expect(choose({ unknownApiHost: `${secret}.example` })).toEqual(expected);
    },
  );
});
