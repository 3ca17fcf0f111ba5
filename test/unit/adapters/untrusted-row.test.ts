import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { parseItem, toAttributes } from '../../../lambdas/adapters/connection-row.ts';
import { activeConnection, NOW_MS } from '../../support/builders.ts';

const parse = (changes: object) => parseItem(marshall({ ...toAttributes(activeConnection()), ...changes }));

describe('a row that someone else wrote', () => {
  test.each([
    ['the name of another secret', { connection: '../other/crm' }],
    ['a name with a slash', { connection: 'a/b' }],
    ["an origin that is not Zoho's", { apiDomain: 'https://zohoapis.eu.evil.example' }],
    ['an origin with a path', { apiDomain: 'https://www.zohoapis.eu/x' }],
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
    ['more complaints', { onDemandMints: Array.from({ length: 1_001 }, () => NOW_MS) }],
  ])('is malformed with %s', (_, changes) => {
    expect(parse(changes)).toMatchObject({ malformed: true });
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
