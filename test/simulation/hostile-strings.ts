import { DATA_CENTERS, type Location } from '../../sandbox/zoho/data-centers.ts';

/** The hosts that honest consumers of a connection call. A token of it goes nowhere else. */
export function honestHosts(location: Location): readonly [string, string, string] {
  const { api, accounts } = DATA_CENTERS[location];
  return [api, accounts.replace(/^accounts/, 'desk'), otherApiHost(location)];
}

/** A host of the data center that Zoho may name as `api_domain`. */
export function otherApiHost(location: Location): string {
  return DATA_CENTERS[location].api.replace(/^www/, 'crm');
}

/** The API host of another data center. */
export function foreignApi(location: Location): string {
  return DATA_CENTERS[location === 'us' ? 'eu' : 'us'].api;
}

/** URLs that a consumer may take from its own input, and that must not get a token, nor lead it elsewhere. */
export function hostileUrls(location: Location): readonly [string, ...string[]] {
  const [api, desk] = honestHosts(location);
  const other = foreignApi(location);
  const away = encodeURIComponent('https://evil.example/collect');
  return [
    'https://evil.example/crm/v8/Leads',
    '//evil.example/crm/v8/Leads',
    '/\\evil.example/crm/v8/Leads',
    '\\\\evil.example\\crm',
    'https:evil.example',
    `https://${api}.evil.example/`,
    `https://${api}@evil.example/`,
    `https://evil.example/#.${api}`,
    `https://evil.example?.${api}`,
    `https://x${api.replace(/^www\./, '')}/`,
    `https://${api}:8443/`,
    `http://${api}/`,
    `ftp://${api}/`,
    `https://${other}/crm/v8/Leads`,
    'https://app-1.zohostratus.com/',
    'https://app-1.development.catalystserverless.com/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'data:text/plain,hello',
    'file:///etc/passwd',
    '\u0000',
    `/crm/v8/Leads?redirect-to=${away}`,
    `https://${desk}/api/v1/tickets?redirect-to=${away}`,
    `/crm/v8/Leads?redirect-to=${encodeURIComponent(`https://${other}/`)}`,
  ];
}

/** Events that anyone who may invoke the refresher can send. */
export function hostileEvents(connection: string, generation: number): readonly [unknown, ...unknown[]] {
  const ask = { action: 'refresh', connection, reason: 'unauthorized' };
  return [
    { ...ask, rejectedGeneration: generation },
    { ...ask, rejectedGeneration: generation },
    { ...ask, rejectedGeneration: generation },
    { ...ask, rejectedGeneration: generation, reason: 'expired' },
    { ...ask, reason: 'expired' },
    { ...ask, rejectedGeneration: generation, reason: 'operator' },
    { ...ask, reason: 'operator' },
    ask,
    { ...ask, rejectedGeneration: generation + 1 },
    { ...ask, rejectedGeneration: Number.MAX_SAFE_INTEGER },
    { ...ask, rejectedGeneration: Math.max(0, generation - 1) },
    { ...ask, rejectedGeneration: -1 },
    { ...ask, connection: 'not-there' },
    { ...ask, connection: '__proto__' },
    { ...ask, connection: 'x'.repeat(20_000) },
    { ...ask, more: 'y'.repeat(20_000) },
    { action: 'refresh-due' },
    { action: 'z'.repeat(20_000) },
    {},
    null,
    [],
    'refresh',
  ];
}
