import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import {
  parseItem,
  parseWellFormed,
  toAttributes,
  toItem,
} from '../../../lambdas/adapters/connection-row.ts';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../lambdas/core/connection/lease.ts';
import {
  activeConnection,
  blockedConnection,
  failureOf,
  HOUR_MS,
  NOW_MS,
  pendingConnection,
} from '../../support/builders.ts';

const full = acquireLease(
  blockedConnection({
    ignoredApiDomain: 'www.zohoapis.com',
    complaints: { mintsMs: [NOW_MS - 1], challengedGeneration: 7, inARow: 2 },
    refusedCredentials: [{ versionId: 'credentials-0', firstAtMs: NOW_MS - 3, atMs: NOW_MS - 2 }],
    follows: { secretPrefix: 'old', generation: 3 },
  }),
  { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 },
);

function withAttributes(changes: object) {
  const attributes = { ...toAttributes(activeConnection()), ...changes };
  return parseItem(marshall(attributes, { removeUndefinedValues: true }));
}

describe('the attributes of a row', () => {
  test('are all that the row has', () => {
    expect(toAttributes(full)).toStrictEqual({
      connection: 'crm-prod',
      status: 'blocked',
      source: 'declared',
      generation: 9,
      publishedGeneration: 7,
      leaseOwner: 'me',
      leaseUntil: NOW_MS + 75_000,
      nextAttemptAt: NOW_MS + 75_000,
      queue: 'due',
      tokenVersionId: 'version-of-7',
      tokenIssuedAt: NOW_MS - HOUR_MS / 2,
      tokenExpiresAt: NOW_MS + HOUR_MS / 2,
      apiDomain: 'https://www.zohoapis.eu',
      ignoredApiDomain: 'www.zohoapis.com',
      dataCenter: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      mints: full.mintsMs,
      publishes: full.publishesMs,
      onDemandMints: [NOW_MS - 1],
      challenged: 7,
      challenges: 2,
      failures: 1,
      lastFailure: { code: 'invalid_code', message: 'what invalid_code means', at: full.lastFailure?.atMs },
      credentialsVersionId: 'credentials-1',
      refusedCredentials: [{ versionId: 'credentials-0', first: NOW_MS - 3, at: NOW_MS - 2 }],
      followsPrefix: 'old',
      followedGeneration: 3,
    });
  });

  test('are few for a new row', () => {
    expect(toAttributes(pendingConnection())).toStrictEqual({
      connection: 'crm-prod',
      status: 'pending',
      source: 'declared',
      generation: 0,
      publishedGeneration: 0,
      nextAttemptAt: NOW_MS,
      queue: 'due',
      mints: [],
      publishes: [],
      failures: 0,
      refusedCredentials: [],
    });
  });

  test('put it into the indexes of what is due and of what should have a token', () => {
    expect(toAttributes(activeConnection())).toMatchObject({ queue: 'due', live: 'live' });
    expect(toAttributes(activeConnection({ status: 'disabled' }))).not.toHaveProperty('queue');
    expect(toAttributes(blockedConnection())).not.toHaveProperty('live');
  });

  test.each<[string, Connection]>([
    ['with everything', full],
    ['active', activeConnection()],
    ['new', pendingConnection()],
  ])('are read as they were written: a row %s', (_, row) => {
    expect(parseItem(toItem(row))).toStrictEqual(row);
    expect(parseWellFormed(toItem(row))).toStrictEqual(row);
  });
});

describe('a row with pending notifications', () => {
  const row = activeConnection({
    incidents: [{ problem: 'scope-drift', sinceMs: NOW_MS - 1, state: 'begun' }],
    notifyAtMs: NOW_MS + 15_000,
    severity: 'ticket',
  });

  test('is due when they are, and remembers when the next attempt is', () => {
    const attributes = toAttributes(row);

    expect(attributes).toMatchObject({
      nextAttemptAt: NOW_MS + 15_000,
      attemptAt: row.nextAttemptAtMs,
      notifyAt: NOW_MS + 15_000,
      incidents: [{ problem: 'scope-drift', since: NOW_MS - 1, state: 'begun' }],
      severity: 'ticket',
    });
    expect(parseItem(toItem(row))).toEqual(row);
  });

  test('is due for its next attempt if that comes first', () => {
    const due = { ...row, nextAttemptAtMs: NOW_MS };

    expect(toAttributes(due)).toMatchObject({ nextAttemptAt: NOW_MS, notifyAt: NOW_MS + 15_000 });
    expect(toAttributes(due)).not.toHaveProperty('attemptAt');
    expect(parseItem(toItem(due))).toEqual(due);
  });

  test.each([
    ['later', NOW_MS + HOUR_MS],
    ['earlier', NOW_MS],
  ])(
    'has no other times once an earlier version, which does not know them, attempts it %s',
    (_, nextAttemptAt) => {
      const item = { ...toAttributes(row), nextAttemptAt };

      expect(parseItem(marshall(item))).toMatchObject({
        nextAttemptAtMs: nextAttemptAt,
        notifyAtMs: undefined,
        incidents: row.incidents,
      });
    },
  );

  test('keeps only the incidents and the severity that this version knows', () => {
    const known = { problem: 'blocked', since: NOW_MS, state: 'notified' };
    const incidents = [
      { ...known, problem: 'of-a-later-version' },
      known,
      { ...known, state: 'acknowledged' },
    ];

    expect(withAttributes({ incidents, severity: 'email' })).toMatchObject({
      incidents: [{ problem: 'blocked', sinceMs: NOW_MS, state: 'notified' }],
      severity: undefined,
    });
  });
});

describe('a row with half of something', () => {
  test.each<[string, object, object]>([
    ['a lease without an end has none', { leaseOwner: 'me' }, { lease: undefined }],
    ['a lease without an owner has none', { leaseUntil: NOW_MS }, { lease: undefined }],
    ['a token without a version has none', { tokenVersionId: undefined }, { token: undefined }],
    ['a token without an expiry has none', { tokenExpiresAt: undefined }, { token: undefined }],
    [
      'a token without a time of issue was issued long ago',
      { tokenIssuedAt: undefined },
      { token: { versionId: 'version-of-7', issuedAtMs: 0, expiresAtMs: NOW_MS + HOUR_MS / 2 } },
    ],
    [
      'refused credentials of unknown age has had them for ever',
      { refusedCredentials: [{ versionId: 'v', at: NOW_MS }] },
      { refusedCredentials: [{ versionId: 'v', firstAtMs: 0, atMs: NOW_MS }] },
    ],
    ['no refused credentials has none', { refusedCredentials: undefined }, { refusedCredentials: [] }],
    [
      'a prefix to follow without a generation',
      { followsPrefix: 'old' },
      { follows: { secretPrefix: 'old', generation: 0 } },
    ],
    ['a generation to follow without a prefix', { followedGeneration: 3 }, { follows: undefined }],
  ])('%s', (_, changes, row) => {
    expect(withAttributes(changes)).toMatchObject(row);
  });

  test('keeps a failure code that it knows', () => {
    const lastFailure = { code: 'timeout', message: 'slow', at: NOW_MS };

    expect(withAttributes({ lastFailure })).toMatchObject({
      lastFailure: { ...failureOf('timeout'), message: 'slow', atMs: NOW_MS },
    });
  });
});

describe('a malformed row', () => {
  test('says for each attribute what is wrong', () => {
    expect(
      withAttributes({
        connection: 'a b',
        apiDomain: 'https://evil.example',
        dataCenter: 'mars',
        followsPrefix: 'a b',
        tokenVersionId: 'a b',
        mints: Array.from({ length: 1_001 }, () => NOW_MS),
        refusedCredentials: [{ versionId: 'a b', at: NOW_MS }],
      }),
    ).toEqual({
      malformed: true,
      name: '(no valid name)',
      problem: [
        'connection: is not the name of a connection',
        'tokenVersionId: is not the ID of a version',
        "apiDomain: is not an origin of Zoho's API",
        'dataCenter: is not a data center',
        'mints: has more than 1,000 entries',
        'refusedCredentials.0.versionId: is not the ID of a version',
        'followsPrefix: is not a prefix of secret names',
      ].join('; '),
      place: { key: 'a b', nextAttemptAtMs: activeConnection().nextAttemptAtMs },
    });
  });

  test('has no place in the list of what is due without a key that DynamoDB accepts and a time', () => {
    expect(withAttributes({ connection: 'x'.repeat(2_049) })).not.toHaveProperty('place');
    expect(parseItem({ connection: { S: 'a b' } })).not.toHaveProperty('place');
  });

  test('has its name if that is valid, and is an error where a row is needed', () => {
    const item = { connection: { S: 'desk' } };

    expect(parseItem(item)).toMatchObject({ malformed: true, name: 'desk' });
    expect(() => parseWellFormed(item)).toThrow(
      expect.objectContaining({ code: 'malformed_row', message: expect.stringContaining('The row of desk') }),
    );
  });

  test('has a number that JavaScript cannot hold', () => {
    const item = { ...toItem(activeConnection()), generation: { N: '9007199254740993' } };

    expect(parseItem(item)).toMatchObject({ malformed: true, name: 'crm-prod' });
  });

  test('has no name that is no text', () => {
    expect(parseItem({ connection: { N: '5' } })).toMatchObject({ name: '(no valid name)' });
  });

  test.each([
    ['of 64 characters', 'v'.repeat(64), false],
    ['of 65', 'v'.repeat(65), true],
    ['with a line break', 'v\n', true],
    ['that begins with a blank', ' v', true],
  ])('may have a version %s', (_, tokenVersionId, isMalformed) => {
    expect('malformed' in withAttributes({ tokenVersionId })).toBe(isMalformed);
  });

  test.each(['mints', 'publishes', 'onDemandMints'])('may have 1,000 entries in %s', (name) => {
    expect(withAttributes({ [name]: Array.from({ length: 1_000 }, () => NOW_MS) })).not.toHaveProperty(
      'malformed',
    );
  });

  test('may have a time in the year 9999 and a generation of 2e12', () => {
    const changes = { nextAttemptAt: Date.UTC(9999, 11, 31), generation: 2e12 };

    expect(withAttributes(changes)).not.toHaveProperty('malformed');
    expect(withAttributes({ nextAttemptAt: 0, generation: 0 })).not.toHaveProperty('malformed');
  });

  test.each(['leaseOwner', 'scope', 'status', 'source'])('has a number as %s', (name) => {
    expect(withAttributes({ [name]: 5 })).toMatchObject({ problem: expect.stringContaining(`${name}: `) });
  });

  test.each([
    { code: 5, message: 'x', at: NOW_MS },
    { code: 'timeout', message: 5, at: NOW_MS },
    { code: 'timeout', message: 'x' },
  ])('has a failure like %j', (lastFailure) => {
    expect(withAttributes({ lastFailure })).toMatchObject({
      problem: expect.stringContaining('lastFailure.'),
    });
  });

  test.each([{ versionId: 'v' }, { at: NOW_MS }])('has refused credentials like %j', (refused) => {
    expect(withAttributes({ refusedCredentials: [refused] })).toHaveProperty('malformed');
  });
});
