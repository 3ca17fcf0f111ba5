import { describe, expect, test } from 'vitest';
import {
  CONNECTION_STATUSES,
  type Connection,
  NO_COMPLAINTS,
} from '../../../../lambdas/core/connection/connection.ts';
import { type DeclineReason, decline } from '../../../../lambdas/core/refresh/declines.ts';
import {
  type Decision,
  decide,
  decideWithCredentials,
  type MintReason,
  nextLookAtMs,
  type RefreshRequest,
} from '../../../../lambdas/core/refresh/refresh-decision.ts';
import { RENEWAL_SPACING_MS } from '../../../../lambdas/core/refresh/renewal-pace.ts';
import {
  activeConnection,
  blockedConnection,
  byOperator,
  coolingDownConnection,
  dueConnection,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  rejected,
  scheduled,
} from '../../../support/builders.ts';

const LATER_MS = NOW_MS + 5_000;
const newToken = { versionId: 'v', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS };
const expiredToken = { versionId: 'v', issuedAtMs: NOW_MS - HOUR_MS, expiresAtMs: NOW_MS };
const mintsAt = (count: number, atMs: number) => Array.from({ length: count }, () => atMs);
const lease = { owner: 'another', untilMs: LATER_MS };

const EVERY_CALLER: [string, RefreshRequest, MintReason][] = [
  ['the schedule', scheduled, 'due'],
  ['a consumer', rejected(7), 'token-rejected'],
  ['an operator', byOperator, 'requested'],
];
const CALLERS_ON_DEMAND = EVERY_CALLER.slice(1);

function mint(reason: MintReason): Decision {
  return { action: 'mint', reason };
}

function declined(reason: DeclineReason, outcome: string, retryAtMs?: number) {
  return { action: 'none', reason, outcome, retryAtMs, message: expect.stringMatching(/^[A-Z].*\.$/) };
}

describe('a scheduled refresh', () => {
  test.each<[string, Connection, unknown]>([
    ['mints for a connection that is due', dueConnection(), mint('due')],
    ['mints when a cool-down is over', coolingDownConnection({ nextAttemptAtMs: NOW_MS }), mint('due')],
    [
      'does nothing before a connection is due: an index may be behind',
      activeConnection({ nextAttemptAtMs: NOW_MS + 1 }),
      declined('not-due', 'not-due', NOW_MS + 1),
    ],
    [
      'checks the credentials of a pending connection before it asks Zoho',
      pendingConnection(),
      { action: 'check-credentials', reason: 'pending' },
    ],
    [
      'checks the credentials of a blocked connection before it asks Zoho',
      blockedConnection(),
      { action: 'check-credentials', reason: 'blocked' },
    ],
    [
      'checks the credentials of a connection of which some were refused lately',
      dueConnection({
        refusedCredentials: [{ versionId: 'credentials-0', firstAtMs: NOW_MS - 1, atMs: NOW_MS - 1 }],
      }),
      { action: 'check-credentials', reason: 'recent-refusal' },
    ],
    [
      'waits for the budget',
      dueConnection({ mintsMs: mintsAt(10, NOW_MS - MINUTE_MS) }),
      declined('budget-exhausted', 'budget-exhausted', NOW_MS - MINUTE_MS + 705_000),
    ],
  ])('%s', (_, connection, decision) => {
    expect(decide(connection, scheduled, NOW_MS)).toEqual(decision);
  });
});

describe('every caller', () => {
  test.each(EVERY_CALLER)('%s gets in-progress while another holds the lease', (_, request) => {
    const leased = dueConnection({ lease, nextAttemptAtMs: LATER_MS });

    expect(decide(leased, request, NOW_MS)).toEqual(declined('leased', 'in-progress', LATER_MS));
  });

  test.each(EVERY_CALLER)('%s gets nothing for a disabled connection', (_, request) => {
    const disabled = dueConnection({ status: 'disabled' });

    expect(decide(disabled, request, NOW_MS)).toEqual(declined('disabled', 'blocked'));
  });

  test.each(CALLERS_ON_DEMAND)('%s waits while Zoho throttles us', (_, request) => {
    const throttled = coolingDownConnection();

    expect(decide(throttled, request, NOW_MS)).toEqual(
      declined('cooling-down', 'throttled', throttled.nextAttemptAtMs),
    );
  });

  test('gets in-progress when another attempt changed the row first', () => {
    expect(decline('lost-race')).toEqual(declined('lost-race', 'in-progress'));
  });
});

describe('a consumer whose token has expired by its own clock', () => {
  const expired = (rejectedGeneration?: number): RefreshRequest => ({
    kind: 'consumer',
    rejectedGeneration,
    claim: 'expired',
  });
  const notExpired = declined('not-expired', 'already-fresh');
  const lastMs = { ...expiredToken, expiresAtMs: NOW_MS + 1 };

  test.each<[string, Connection, RefreshRequest, unknown]>([
    ['hears that it is valid', activeConnection(), expired(7), notExpired],
    ['hears it if it names no generation', activeConnection(), expired(), notExpired],
    ['hears it up to the last millisecond', activeConnection({ token: lastMs }), expired(7), notExpired],
    ['hears it although the token is due', dueConnection({ token: newToken }), expired(7), notExpired],
    [
      'hears it although the connection is blocked',
      blockedConnection({ token: newToken }),
      expired(7),
      notExpired,
    ],
    [
      'hears it while another attempt holds the lease',
      activeConnection({ token: newToken, lease }),
      expired(7),
      notExpired,
    ],
    ['reads the newer one again', activeConnection(), expired(6), declined('newer-token', 'already-fresh')],
    [
      'is refused a generation that does not exist',
      activeConnection(),
      expired(9_999),
      declined('unknown-generation', 'invalid-request'),
    ],
    ['gets a new one if it has expired', activeConnection({ token: expiredToken }), expired(7), mint('due')],
    ['gets a first one', activeConnection({ token: undefined }), expired(0), mint('due')],
    [
      'waits for the back-off if it has expired',
      activeConnection({ token: expiredToken, failures: 1, nextAttemptAtMs: LATER_MS }),
      expired(7),
      declined('backing-off', 'failed', LATER_MS),
    ],
  ])('%s', (_, connection, request, decision) => {
    expect(decide(connection, request, NOW_MS)).toEqual(decision);
  });
});

describe('a consumer whose token was rejected', () => {
  const fresh = declined('newer-token', 'already-fresh');
  const failing = { failures: 1, nextAttemptAtMs: LATER_MS };

  test.each<[string, Connection, RefreshRequest, unknown]>([
    ['gets a new one when it was the published one', activeConnection(), rejected(7), mint('token-rejected')],
    ['only has to read again when a newer one is published', activeConnection(), rejected(6), fresh],
    [
      'gets already-fresh even while the next one is being minted',
      activeConnection({ lease }),
      rejected(6),
      fresh,
    ],
    [
      'gets a new one when the newer one has expired meanwhile',
      dueConnection({ token: expiredToken }),
      rejected(6),
      mint('due'),
    ],
    [
      'gets a new one when it has expired before its time, which is no complaint about a fresh one',
      activeConnection({ token: expiredToken, complaints: { ...NO_COMPLAINTS, inARow: 7 } }),
      rejected(7),
      mint('due'),
    ],
    [
      'gets a new one when its holder died before it could write down what it published',
      activeConnection({ generation: 8 }),
      rejected(8),
      mint('token-rejected'),
    ],
    [
      'does not spend the budget on an outage: it waits for the back-off as well',
      activeConnection(failing),
      rejected(7),
      declined('backing-off', 'failed', LATER_MS),
    ],
    [
      'has the credentials of a blocked connection checked: its failures are not an outage',
      blockedConnection(failing),
      rejected(7),
      { action: 'check-credentials', reason: 'blocked' },
    ],
    [
      'has the credentials of a pending connection checked: its failures are not an outage',
      pendingConnection(failing),
      rejected(0),
      { action: 'check-credentials', reason: 'pending' },
    ],
    [
      'does not spend the budget on an outage that began with new credentials',
      blockedConnection({ ...failing, lastFailure: { ...failureOf('timeout'), atMs: NOW_MS } }),
      rejected(7),
      declined('backing-off', 'failed', LATER_MS),
    ],
    [
      'is told that it reports a generation that does not exist yet',
      activeConnection(),
      rejected(8),
      declined('unknown-generation', 'invalid-request'),
    ],
    [
      'is told so even if the token has expired',
      dueConnection({ token: expiredToken }),
      rejected(8),
      declined('unknown-generation', 'invalid-request'),
    ],
    ['gets a new one when the back-off is over', dueConnection({ failures: 1 }), rejected(7), mint('due')],
  ])('%s', (_, connection, request, decision) => {
    expect(decide(connection, request, NOW_MS)).toEqual(decision);
  });

  test.each(CONNECTION_STATUSES.filter((status) => status !== 'disabled'))(
    'is served the newer token of a connection that is %s',
    (status) => {
      expect(decide(activeConnection({ status }), rejected(6), NOW_MS)).toEqual(fresh);
    },
  );

  test('and cannot say which one waits for a minute after the last one was published', () => {
    const connection = activeConnection({ token: newToken });

    expect(decide(connection, rejected(), NOW_MS + MINUTE_MS - 1)).toEqual(
      declined('new-token', 'already-fresh'),
    );
    expect(decide(connection, rejected(), NOW_MS + MINUTE_MS)).toEqual(mint('token-rejected'));
  });

  test('has six of the ten mints, and an operator eight', () => {
    const due = (mints: number) => dueConnection({ mintsMs: mintsAt(mints, NOW_MS - MINUTE_MS) });
    const exhausted = { action: 'none', reason: 'budget-exhausted' };

    expect(decide(due(5), rejected(7), NOW_MS)).toEqual(mint('due'));
    expect(decide(due(6), rejected(7), NOW_MS)).toMatchObject(exhausted);
    expect(decide(due(7), byOperator, NOW_MS)).toEqual(mint('requested'));
    expect(decide(due(8), byOperator, NOW_MS)).toMatchObject(exhausted);
    expect(decide(due(9), scheduled, NOW_MS)).toEqual(mint('due'));
  });

  test.each([
    ['too soon', 1, 'too-soon', 15_000],
    ['to no avail', 4, 'tokens-rejected', 5 * MINUTE_MS],
    ['until the schedule renews the token', 7, 'tokens-rejected', 24 * MINUTE_MS],
  ] as const)('and complains %s waits', (_, inARow, reason, waitMs) => {
    const connection = activeConnection({ token: newToken, complaints: { ...NO_COMPLAINTS, inARow } });

    expect(decide(connection, rejected(7), NOW_MS)).toEqual(
      declined(reason, 'budget-exhausted', NOW_MS + waitMs),
    );
    expect(decide(connection, byOperator, NOW_MS)).toEqual(mint('requested'));
  });

  test.each([
    ['which is in ten minutes', 6, { nextAttemptAtMs: NOW_MS + 10 * MINUTE_MS }, 10 * MINUTE_MS],
    ['which comes with the next tick', 6, { nextAttemptAtMs: NOW_MS }, MINUTE_MS],
    ['which waits for the budget as well', 10, { nextAttemptAtMs: NOW_MS }, 705_000 - MINUTE_MS],
  ])('never waits for longer than the schedule, %s', (_, mints, next, waitMs) => {
    const connection = activeConnection({ ...next, mintsMs: mintsAt(mints, NOW_MS - MINUTE_MS) });

    expect(decide(connection, rejected(7), NOW_MS)).toEqual(
      declined('budget-exhausted', 'budget-exhausted', NOW_MS + waitMs),
    );
  });
});

describe('a token that has expired before its planned renewal', () => {
  const spacedAtMs = NOW_MS - 10 * MINUTE_MS + RENEWAL_SPACING_MS;
  const brief = { versionId: 'v', issuedAtMs: NOW_MS - 10 * MINUTE_MS, expiresAtMs: NOW_MS };
  const expired: RefreshRequest = { kind: 'consumer', rejectedGeneration: 7, claim: 'expired' };

  test.each([rejected(7), rejected(), expired])('is not renewed earlier for a consumer: %o', (request) => {
    const connection = activeConnection({ token: brief, nextAttemptAtMs: spacedAtMs });

    expect(decide(connection, request, NOW_MS)).toEqual(declined('paced', 'budget-exhausted', spacedAtMs));
  });

  test.each<[string, RefreshRequest, Partial<Connection>, unknown]>([
    ['is renewed for an operator', byOperator, {}, mint('requested')],
    ['is renewed when it is due', rejected(7), { nextAttemptAtMs: NOW_MS }, mint('due')],
    [
      'is renewed if a row plans its renewal for later than one ever is',
      rejected(7),
      { nextAttemptAtMs: spacedAtMs + 1 },
      mint('due'),
    ],
    ['waits for a back-off as any other', rejected(7), { failures: 1 }, { reason: 'backing-off' }],
  ])('%s', (_, request, row, decision) => {
    const connection = activeConnection({ token: brief, nextAttemptAtMs: spacedAtMs, ...row });

    expect(decide(connection, request, NOW_MS)).toMatchObject(decision as object);
  });

  test('is replaced for a complaint while it is valid', () => {
    const token = { ...brief, expiresAtMs: NOW_MS + 1 };
    const connection = activeConnection({ token, nextAttemptAtMs: spacedAtMs });

    expect(decide(connection, rejected(7), NOW_MS)).toEqual(mint('token-rejected'));
  });
});

describe('an operator', () => {
  const notDue = { failures: 3, nextAttemptAtMs: LATER_MS };

  test.each<[string, Connection, unknown]>([
    [
      'gets a new token although the published one is fresh',
      activeConnection({ token: newToken }),
      mint('requested'),
    ],
    ['need not wait for a back-off', activeConnection(notDue), mint('requested')],
    [
      'has the credentials of a connection without a token checked at once',
      pendingConnection(notDue),
      { action: 'check-credentials', reason: 'pending' },
    ],
    [
      'has the credentials of a blocked connection checked at once',
      blockedConnection(notDue),
      { action: 'check-credentials', reason: 'blocked' },
    ],
  ])('%s', (_, connection, decision) => {
    expect(decide(connection, byOperator, NOW_MS)).toEqual(decision);
  });
});

describe('a blocked connection', () => {
  const refusedAtMs = NOW_MS - 10 * MINUTE_MS;
  const blocked = blockedConnection();

  test('whose row has lost the reason is left alone for an hour after Zoho was asked', () => {
    const edited = { ...blocked, lastFailure: undefined };

    const at = (nowMs: number) => decideWithCredentials(edited, scheduled, 'credentials-1', nowMs);

    expect(at(refusedAtMs + HOUR_MS - 1)).toMatchObject({ action: 'none', outcome: 'blocked' });
    expect(at(refusedAtMs + HOUR_MS)).toMatchObject({ action: 'mint' });
  });

  test('may be asked about at once by an operator, although its credentials are the refused ones', () => {
    expect(decideWithCredentials(blocked, byOperator, 'credentials-1', NOW_MS)).toEqual(mint('probe'));
  });

  test.each(EVERY_CALLER.slice(0, 2))(
    'is left alone while its credentials are the refused ones, for %s',
    (_, request) => {
      expect(decideWithCredentials(blocked, request, 'credentials-1', NOW_MS)).toEqual(
        declined('refused-credentials', 'blocked', NOW_MS + 5 * MINUTE_MS),
      );
    },
  );

  test.each(EVERY_CALLER)('is tried at once with new credentials, for %s', (_, request) => {
    expect(decideWithCredentials(blocked, request, 'credentials-2', NOW_MS)).toEqual(mint('new-credentials'));
  });

  test.each([
    ['in case Zoho was wrong', blocked, refusedAtMs],
    [
      'also when its credentials were found malformed, although Zoho was not asked',
      blockedConnection({
        mintsMs: [],
        lastFailure: { ...failureOf('malformed_credentials'), atMs: NOW_MS },
      }),
      NOW_MS,
    ],
  ])('asks Zoho again after an hour and not a moment earlier, %s', (_, connection, sinceMs) => {
    const decideAt = (nowMs: number) => decideWithCredentials(connection, scheduled, 'credentials-1', nowMs);

    expect(decideAt(sinceMs + HOUR_MS - 1)).toMatchObject({ action: 'none', outcome: 'blocked' });
    expect(decideAt(sinceMs + HOUR_MS)).toEqual(mint('probe'));
  });

  test('stays within the budget with new credentials too', () => {
    const exhausted = blockedConnection({ mintsMs: mintsAt(10, NOW_MS) });

    expect(decideWithCredentials(exhausted, scheduled, 'credentials-2', NOW_MS)).toMatchObject({
      outcome: 'budget-exhausted',
    });
  });

  test.each([
    [NOW_MS, NOW_MS + 5 * MINUTE_MS],
    [refusedAtMs + 58 * MINUTE_MS, refusedAtMs + HOUR_MS],
    [refusedAtMs + HOUR_MS, refusedAtMs + HOUR_MS + 5 * MINUTE_MS],
    [refusedAtMs + 2 * HOUR_MS, refusedAtMs + 2 * HOUR_MS + 5 * MINUTE_MS],
  ])('is looked at every five minutes, and at the hour: at %d, next at %d', (nowMs, nextMs) => {
    expect(nextLookAtMs(blocked, nowMs)).toBe(nextMs);
  });
});

describe('a pending connection', () => {
  const emptied = pendingConnection({
    credentialsVersionId: 'credentials-1',
    mintsMs: [NOW_MS - 58 * MINUTE_MS],
  });

  test.each([
    ['as soon as there are credentials', pendingConnection()],
    ['with credentials that were removed and restored', emptied],
  ])('asks Zoho %s, and is looked at every five minutes until then', (_, connection) => {
    expect(decideWithCredentials(connection, scheduled, 'credentials-1', NOW_MS)).toEqual(
      mint('credentials-found'),
    );
    expect(nextLookAtMs(connection, NOW_MS)).toBe(NOW_MS + 5 * MINUTE_MS);
  });
});

describe('a connection of which some credentials were refused lately', () => {
  const connection = activeConnection({
    nextAttemptAtMs: NOW_MS + 1,
    refusedCredentials: [{ versionId: 'credentials-0', firstAtMs: NOW_MS - 1, atMs: NOW_MS - 1 }],
  });

  test.each(CALLERS_ON_DEMAND)(
    'is refreshed with other credentials for the reason of %s',
    (_, request, reason) => {
      expect(decideWithCredentials(connection, request, 'credentials-1', NOW_MS)).toEqual(mint(reason));
    },
  );

  test('honors complaints within the same limits', () => {
    const complained = { ...connection, token: newToken, complaints: { ...NO_COMPLAINTS, inARow: 4 } };

    expect(decideWithCredentials(complained, rejected(7), 'credentials-1', NOW_MS)).toMatchObject({
      action: 'none',
      reason: 'tokens-rejected',
    });
  });
});

test('a connection that follows another deployment is decided on by its token', () => {
  const connection = dueConnection({ follows: { secretPrefix: 'old', generation: 1 } });

  expect(decide(connection, scheduled, NOW_MS)).toEqual({ action: 'follow', reason: 'follow', connection });
});

test('a connection without a token is due, whoever asks', () => {
  const connection = activeConnection({ token: undefined });

  expect(decide(connection, rejected(), NOW_MS)).toEqual({ action: 'mint', reason: 'due' });
});
