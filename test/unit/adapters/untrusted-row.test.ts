import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { parseItem, toAttributes } from '../../../lambdas/adapters/connection-row.ts';
import { activeConnection, NOW_MS } from '../../support/builders.ts';

const refused = { versionId: 'v', at: NOW_MS };
const parse = (changes: object) => parseItem(marshall({ ...toAttributes(activeConnection()), ...changes }));

describe('a row that someone else wrote', () => {
  test.each([
    ['the name of another secret', { connection: '../other/crm' }],
    ['a name with a slash', { connection: 'a/b' }],
    ["an origin that is not Zoho's", { apiDomain: 'https://zohoapis.eu.evil.example' }],
    ['an origin with a path', { apiDomain: 'https://www.zohoapis.eu/x' }],
    ['a host that is none', { ignoredApiDomain: 'a/b.example' }],
    ['a long host', { ignoredApiDomain: 'x'.repeat(101) }],
    ['an unknown data center', { dataCenter: 'mars' }],
    ['a prefix that is none', { followsPrefix: 'a b' }],
    ['a version that is none', { tokenVersionId: 'a b' }],
    [
      'refused credentials of a version that is none',
      { refusedCredentials: [{ versionId: 'a/b', at: NOW_MS }] },
    ],
    ['credentials of a version that is none', { credentialsVersionId: 'x'.repeat(65) }],
    ['a generation that cannot be counted up', { generation: Number.MAX_SAFE_INTEGER }],
    ['a published generation like that', { publishedGeneration: 2e12 + 1 }],
    ['more calls than any budget allows', { mints: Array.from({ length: 1_001 }, () => NOW_MS) }],
    ['more versions', { publishes: Array.from({ length: 1_001 }, () => NOW_MS) }],
    ['more refused credentials', { refusedCredentials: Array.from({ length: 1_001 }, () => refused) }],
    ['more complaints', { onDemandMints: Array.from({ length: 1_001 }, () => NOW_MS) }],
  ])('is malformed with %s', (_, changes) => {
    expect(parse(changes)).toMatchObject({ malformed: true });
  });

  test('names a host that is not one', () => {
    expect(parse({ ignoredApiDomain: 'a/b.example' })).toMatchObject({
      problem: 'ignoredApiDomain: is not a host',
    });
  });

  test('is malformed with a number that JavaScript cannot count with', () => {
    const item = { ...marshall(toAttributes(activeConnection())), generation: { N: '1e100' } };

    expect(parseItem(item)).toMatchObject({ malformed: true });
  });

  test.each([
    ...['leaseUntil', 'nextAttemptAt', 'tokenIssuedAt', 'tokenExpiresAt'].map(
      (name): [string, (atMs: number) => object] => [name, (atMs) => ({ [name]: atMs })],
    ),
    ...['mints', 'publishes', 'onDemandMints'].map((name): [string, (atMs: number) => object] => [
      name,
      (atMs) => ({ [name]: [NOW_MS, atMs] }),
    ]),
    ['lastFailure', (at) => ({ lastFailure: { code: 'timeout', message: 'slow', at } })],
    ['refusedCredentials', (at) => ({ refusedCredentials: [{ ...refused, at }] })],
    ['their first refusal', (first) => ({ refusedCredentials: [{ ...refused, first }] })],
  ])('is malformed with a time in %s that no clock shows', (_, withTime) => {
    expect(parse(withTime(NOW_MS))).not.toHaveProperty('malformed');
    expect(parse(withTime(-1))).toHaveProperty('malformed');
    expect(parse(withTime(Date.UTC(9999, 11, 31) + 1))).toHaveProperty('malformed');
  });

  test.each(['x'.repeat(100), 'www.zohoapis.com', '(value omitted)'])('may have ignored %s', (text) => {
    expect(parse({ ignoredApiDomain: text })).toMatchObject({ ignoredApiDomain: text });
  });

  test.each([
    'generation',
    'publishedGeneration',
    'challenged',
    'challenges',
    'failures',
    'followedGeneration',
  ])('is malformed with a %s that is no count', (name) => {
    expect(parse({ [name]: 3 })).not.toHaveProperty('malformed');
    for (const value of [-1, 0.5, 2e12 + 1]) expect(parse({ [name]: value })).toHaveProperty('malformed');
  });

  test('has an unknown failure of another version as one of ours', () => {
    const lastFailure = { code: 'of_tomorrow', message: 'x', at: NOW_MS };

    expect(parse({ lastFailure })).toMatchObject({ lastFailure: { code: 'internal_error' } });
  });

  test('is malformed with a map whose prototype throws when its length is read', () => {
    const odd: AttributeValue = { M: { ['__proto__']: { B: new Uint8Array() } } };
    const item = marshall(toAttributes(activeConnection()));

    expect(parseItem({ ...item, publishes: odd })).toMatchObject({ malformed: true, name: 'crm-prod' });
    expect(parseItem({ ...item, refusedCredentials: odd })).toMatchObject({ malformed: true });
  });

  test('is not quoted, and its problems are counted', () => {
    const row = parse({
      connection: 'x'.repeat(100_000),
      mints: Array.from({ length: 900 }, () => 'y'.repeat(99)),
    });

    expect(row).toMatchObject({ name: '(no valid name)', problem: expect.stringContaining('and 871 more') });
    expect(JSON.stringify(row).length).toBeLessThan(3_000);
  });

  test('keeps a failure message that can be shown', () => {
    const lastFailure = { code: 'timeout', message: 'x'.repeat(100_000), at: NOW_MS };

    expect(parse({ lastFailure })).toMatchObject({ lastFailure: { message: 'x'.repeat(2_000) } });
  });

  test('may lack what earlier versions did not write', () => {
    const { apiDomain, dataCenter, ...row } = toAttributes(activeConnection());

    expect(parseItem(marshall(row))).toMatchObject({ name: 'crm-prod', apiDomain: undefined });
  });
});
