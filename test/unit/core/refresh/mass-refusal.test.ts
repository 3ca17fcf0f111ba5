import { describe, expect, test } from 'vitest';
import {
  type CredentialsAnswer,
  isMassRefusal,
  recordAnswer,
} from '../../../../lambdas/core/refresh/mass-refusal.ts';
import { NOW_MS } from '../../../support/builders.ts';

const WINDOW_MS = 450_000;
const refused = (connection: string, clientId: string, more: Partial<CredentialsAnswer> = {}) => ({
  ...{ connection, clientId, dataCenter: 'eu', wasRefused: true, atMs: NOW_MS },
  ...more,
});
const accepted = (dataCenter: string) => refused('d', 'client-3', { dataCenter, wasRefused: false });
const three = [refused('a', 'client-1'), refused('b', 'client-1'), refused('c', 'client-2')];

const record = (answers: readonly CredentialsAnswer[]) =>
  answers.reduce<readonly CredentialsAnswer[]>(recordAnswer, []);
const isMass = (answers: readonly CredentialsAnswer[], nowMs = NOW_MS) =>
  isMassRefusal(record(answers), 'eu', nowMs);

describe('a mass refusal', () => {
  test('is that of three connections of two clients in one data center', () => {
    expect(isMass(three)).toBe(true);
  });

  test.each<[string, CredentialsAnswer[]]>([
    ['of two connections', [...three.slice(1), refused('b', 'client-1')]],
    [
      'of one client, whose secret may have been regenerated',
      three.map((each) => ({ ...each, clientId: 'x' })),
    ],
    ['in several data centers', [...three.slice(1), refused('a', 'client-1', { dataCenter: 'us' })]],
    ['that ended when the data center accepted another', [...three, accepted('eu')]],
  ])('is not that %s', (_, answers) => {
    expect(isMass(answers)).toBe(false);
  });

  test('is seen until Zoho has been asked again, and no longer', () => {
    expect(isMass(three, NOW_MS + WINDOW_MS)).toBe(true);
    expect(isMass(three, NOW_MS + WINDOW_MS + 1)).toBe(false);
  });

  test('begins when the data center refuses after it accepted others', () => {
    expect(isMass([accepted('eu'), ...three])).toBe(true);
  });

  test('is not ended by what another data center accepts', () => {
    expect(isMass([...three, accepted('us')])).toBe(true);
  });
});

describe('the record of refusals', () => {
  test('forgets what no longer counts, and holds a thousand at most', () => {
    const old = Array.from({ length: 1_000 }, (_, n) => refused(`${n}`, 'x', { atMs: NOW_MS - WINDOW_MS }));
    const next = refused('a', 'client-1');

    expect(recordAnswer(old, next)).toHaveLength(1_000);
    expect(recordAnswer(old, next).at(-1)).toBe(next);
    expect(recordAnswer(old, { ...next, atMs: NOW_MS + 1 })).toHaveLength(1);
  });
});
