import { expect, test } from 'vitest';
import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
} from '../../../../lambdas/core/zoho/data-centers.ts';

const { ZOHO } = (await import(
  new URL('../../../../sandbox/serve/redirect-zoho.mjs', import.meta.url).href
)) as { readonly ZOHO: RegExp };

/** The accounts server, the usual API, and products below the same domains. */
function hostsOf(location: DataCenterLocation): readonly string[] {
  const { accountsServer, apiDomain } = DATA_CENTERS[location];
  const [accounts, api] = [new URL(accountsServer).host, new URL(apiDomain).host];
  return [
    ...[accounts, accounts.replace('accounts.', 'desk.')],
    ...[api, api.replace('www.', 'sandbox.'), api.replace('www.', '')],
  ];
}

test.each(DATA_CENTER_LOCATIONS)('the hosts of Zoho in %s are redirected to the sandbox', (location) => {
  expect(hostsOf(location).filter((host) => !ZOHO.test(host))).toEqual([]);
});

test('a host that only looks like one of Zoho is not', () => {
  expect(['notzoho.eu', 'www.zohoapis.eu.invalid', 'zoho.example'].filter((host) => ZOHO.test(host))).toEqual(
    [],
  );
});
