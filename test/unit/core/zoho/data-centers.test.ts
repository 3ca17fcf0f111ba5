import { describe, expect, test } from 'vitest';
import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  isDataCenterLocation,
  isHostOf,
  parseApiDomain,
} from '../../../../lambdas/core/zoho/data-centers.ts';

/** An independent copy of Zoho's hosts. None is `accounts.zoho.` with the location au, ca or cn: those do not exist. */
const KNOWN = [
  ['us', 'https://accounts.zoho.com', 'https://www.zohoapis.com'],
  ['eu', 'https://accounts.zoho.eu', 'https://www.zohoapis.eu'],
  ['in', 'https://accounts.zoho.in', 'https://www.zohoapis.in'],
  ['au', 'https://accounts.zoho.com.au', 'https://www.zohoapis.com.au'],
  ['jp', 'https://accounts.zoho.jp', 'https://www.zohoapis.jp'],
  ['ca', 'https://accounts.zohocloud.ca', 'https://www.zohoapis.ca'],
  ['sa', 'https://accounts.zoho.sa', 'https://www.zohoapis.sa'],
  ['uk', 'https://accounts.zoho.uk', 'https://www.zohoapis.uk'],
  ['cn', 'https://accounts.zoho.com.cn', 'https://www.zohoapis.com.cn'],
  ['ae', 'https://accounts.zoho.ae', 'https://www.zohoapis.ae'],
  ['sg', 'https://accounts.zoho.sg', 'https://www.zohoapis.sg'],
] as const;

/** An independent copy of the vendors' pages. */
const PRODUCT_HOSTS = [
  [
    'us',
    'sdpondemand.manageengine.com endpointcentral.manageengine.com mdm.manageengine.com www.site24x7.com coreapi.qntrl.com',
  ],
  ['eu', 'sdpondemand.manageengine.eu endpointcentral.manageengine.eu mdm.manageengine.eu www.site24x7.eu'],
  [
    'in',
    'sdpondemand.manageengine.in endpointcentral.manageengine.in mdm.manageengine.in www.site24x7.in log360cloud.manageengine.in',
  ],
  [
    'au',
    'servicedeskplus.net.au endpointcentral.manageengine.com.au mdm.manageengine.com.au www.site24x7.net.au api.catalyst.zoho.au',
  ],
  [
    'jp',
    'servicedeskplus.jp endpointcentral.manageengine.jp mdm.manageengine.jp www.site24x7.jp app.site24x7.jp',
  ],
  ['ca', 'servicedeskplus.ca endpointcentral.manageengine.ca mdm.manageengine.ca www.site24x7.ca'],
  ['sa', 'servicedeskplus.sa endpointcentral.manageengine.sa mdm.manageengine.sa www.site24x7.sa'],
  ['uk', 'servicedeskplus.uk endpointcentral.manageengine.uk mdm.manageengine.uk app.site24x7.uk'],
  ['cn', 'servicedeskplus.cn endpointcentral.manageengine.cn mdm.manageengine.cn www.site24x7.cn'],
  ['ae', 'servicedeskplus.ae app.site24x7.ae'],
] as const;

describe('the table of data centers', () => {
  test.each(KNOWN)('has the hosts of %s', (location, accountsServer, apiDomain) => {
    expect(DATA_CENTERS[location]).toMatchObject({ location, accountsServer, apiDomain });
    expect(isDataCenterLocation(location)).toBe(true);
    expect(parseApiDomain(apiDomain)).toBe(apiDomain);
  });

  test('has no others', () => {
    expect(DATA_CENTER_LOCATIONS).toEqual(KNOWN.map(([location]) => location));
  });
});

describe('a location', () => {
  test.each([
    '',
    'US',
    'com',
    'de',
    ' eu',
    'eu\n',
    'constructor',
    '__proto__',
    'toString',
    undefined,
    null,
    5,
    ['eu'],
  ])('is not known, and not replaced by us: %j', (location) => {
    expect(isDataCenterLocation(location)).toBe(false);
  });
});

describe('the api_domain of an answer', () => {
  test.each([
    ['https://sandbox.zohoapis.eu', 'https://sandbox.zohoapis.eu'],
    ['https://developer.zohoapis.com', 'https://developer.zohoapis.com'],
    ['https://www.zohoapis.com.au/', 'https://www.zohoapis.com.au'],
    ['https://WWW.ZohoAPIs.EU', 'https://www.zohoapis.eu'],
    ['https://www.zohoapis.eu:443', 'https://www.zohoapis.eu'],
    ['https://desk.zoho.eu', 'https://desk.zoho.eu'],
    ['https://zohoapis.eu', 'https://zohoapis.eu'],
  ])('is taken as an origin: %s', (given, origin) => {
    expect(parseApiDomain(given)).toBe(origin);
  });

  test.each([
    'http://www.zohoapis.eu',
    'ftp://www.zohoapis.eu',
    'wss://www.zohoapis.eu',
    'www.zohoapis.eu',
    '//www.zohoapis.eu',
    'https://',
    'https://zohoapis.eu.evil.com',
    'https://www.zohoapis.eu.evil.com',
    'https://evilzohoapis.eu',
    'https://evil-zohoapis.eu',
    'https://zohoapis.eu-evil.com',
    'https://evil.com/www.zohoapis.eu',
    'https://evil.com?www.zohoapis.eu',
    'https://evil.com#www.zohoapis.eu',
    'https://www.zohoapis.eu@evil.com',
    'https://user@www.zohoapis.eu',
    'https://user:password@www.zohoapis.eu',
    'https://:password@www.zohoapis.eu',
    'https://www.zohoapis.eu\\@evil.com',
    'https://www.zohoapis.eu%2eevil.com',
    'https://www.zohoapis.eu%00.evil.com',
    'https://www.zohoapis.eu:8443',
    'https://www.zohoapis.eu:80',
    'https://www.zohoapis.eu.',
    'https://www.zohoapıs.eu',
    'https://www.xn--zohoaps-9db.eu',
    'https://www.zohoаpis.eu',
    'https://www.zohoapis.eu/crm',
    'https://www.zohoapis.eu?x=1',
    'https://www.zohoapis.eu#x',
    'https://www.zohoapis.xyz',
    'https://zoho.ca',
    'https://eu',
    'https://127.0.0.1',
    'https://[::1]',
    'data:text/plain,www.zohoapis.eu',
    'javascript:alert(1)',
    '',
    undefined,
    null,
    42,
    ['https://www.zohoapis.eu'],
    { href: 'https://www.zohoapis.eu' },
  ])('is refused when it is not a bare https origin of Zoho: %j', (given) => {
    expect(parseApiDomain(given)).toBeUndefined();
  });
});

describe('a host', () => {
  test.each(['zoho.eu', 'zohoapis.eu', 'www.zohoapis.eu', 'desk.zoho.eu', 'a.b.zohoapis.eu'])(
    'is of the data center of its domain: %s',
    (host) => {
      expect(isHostOf('eu', host)).toBe(true);
    },
  );

  test.each([
    '',
    'eu',
    'www.zohoapis.com',
    'evilzohoapis.eu',
    'zohoapis.eu.evil.com',
    'zohoapis.eu.',
    'zoho.com.au',
  ])('is not of a data center that only looks like it: %j', (host) => {
    expect(isHostOf('eu', host)).toBe(false);
  });

  test.each(PRODUCT_HOSTS)('of a product with domains of its own is of %s: %s', (location, hosts) => {
    for (const host of hosts.split(' ')) {
      const owners = DATA_CENTER_LOCATIONS.filter((other) => isHostOf(other, host));

      expect([host, owners]).toEqual([host, [location]]);
      expect(parseApiDomain(`https://${host}`)).toBeUndefined();
    }
  });

  test('of a product in a data center without it is of none', () => {
    const known = PRODUCT_HOSTS.flatMap(([, hosts]) => hosts.split(' '));
    const starts = [...new Set(known.map((host) => host.replace(/(\.net|\.com)?\.\w+$/, '')))];
    const ends = DATA_CENTER_LOCATIONS.flatMap((location) => [
      location,
      `com.${location}`,
      `net.${location}`,
    ]);

    const unknown = starts
      .flatMap((start) => [...ends, 'com'].map((end) => `${start}.${end}`))
      .filter((host) => !known.includes(host));

    expect(unknown.length).toBeGreaterThan(100);
    const wrong = unknown.filter(
      (host) =>
        !host.startsWith('api.catalyst.') &&
        DATA_CENTER_LOCATIONS.some((location) => isHostOf(location, host)),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    'manageengine.com',
    'www.manageengine.com',
    'pitstop.manageengine.com',
    'evil.sdpondemand.manageengine.com',
    'sdpondemand.manageengine.com.evil.com',
    'endpointcentral.manageengine.cn.evil.com',
    'servicedeskplus.net.au.',
    'servicedeskplus.com',
    'evil.servicedeskplus.jp',
    'support.site24x7.com',
    'site24x7.com',
    'qntrl.com',
    'accounts.zohohq.in',
    'accounts.zohoportal.com',
    'zylker.zohoplatform.com',
    'salesiq.zohopublic.com',
    'files.zohostratus.com',
    'bucket-development.zohostratus.com',
    'app-1.development.catalystserverless.com',
    'app-1.catalystserverless.com',
    'app-1.catalystserverless.eu',
    'app.onslate.com',
    'constructor',
    '__proto__',
  ])('is of no data center if it serves websites or code of others: %s', (host) => {
    expect(DATA_CENTER_LOCATIONS.filter((location) => isHostOf(location, host))).toEqual([]);
  });

  test.each([
    ['us', 'desk.zoho.com mail.zoho.com analyticsapi.zoho.com sign.zoho.com workdrive.zoho.com'],
    ['eu', 'projectsapi.zoho.eu sprintsapi.zoho.eu people.zoho.eu cliq.zoho.eu creator.zoho.eu'],
    ['in', 'salesiq.zoho.in campaigns.zoho.in recruit.zoho.in meeting.zoho.in api.catalyst.zoho.in'],
    ['au', 'assist.zoho.com.au survey.zoho.com.au books.zoho.com.au sandbox.zohoapis.com.au'],
    ['ca', 'desk.zohocloud.ca analyticsapi.zohocloud.ca workdrive.zohocloud.ca www.zohoapis.ca'],
    ['cn', 'mail.zoho.com.cn people.zoho.com.cn'],
  ] as const)('below the domains of %s may be any product: %s', (location, hosts) => {
    for (const host of hosts.split(' ')) expect(isHostOf(location, host)).toBe(true);
  });

  test.each(KNOWN)('of the API of %s is of no other data center', (location, _, apiDomain) => {
    const { hostname } = new URL(apiDomain);

    const owners = DATA_CENTER_LOCATIONS.filter((other) => isHostOf(other, hostname));

    expect(owners).toEqual([location]);
  });
});
