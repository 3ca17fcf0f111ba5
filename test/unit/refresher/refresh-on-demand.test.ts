import { describe, expect, test } from 'vitest';
import { NO_COMPLAINTS } from '../../../lambdas/core/connection/connection.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { refreshOnDemand } from '../../../lambdas/refresher/refresh-on-demand.ts';
import {
  accessToken,
  activeConnection,
  blockedConnection,
  dueConnection,
  failureOf,
  HOUR_MS,
  NOW_MS,
  pendingConnection,
} from '../../support/builders.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

type Reason = 'unauthorized' | 'expired' | 'operator';

function ask(
  world: FakeRefresher,
  event: { reason?: Reason; rejectedGeneration?: number; name?: string } = {},
) {
  const { name = 'crm-prod', reason = 'unauthorized', rejectedGeneration } = event;
  return refreshOnDemand(world.context, { action: 'refresh', connection: name, reason, rejectedGeneration });
}

describe('the answer to a request', () => {
  test('has the generation and the expiry of the new token', async () => {
    const world = new FakeRefresher(activeConnection());

    expect(await ask(world, { rejectedGeneration: 7 })).toEqual({
      connection: 'crm-prod',
      outcome: 'refreshed',
      generation: 8,
      expires_at: new Date(NOW_MS + HOUR_MS).toISOString(),
    });
    expect(world.calls.filter((call) => call === 'read crm-prod')).toHaveLength(1);
  });

  test('has those of the published token if nothing was minted', async () => {
    const seen = activeConnection({ generation: 9 });

    expect(await ask(new FakeRefresher(seen), { rejectedGeneration: 6 })).toEqual({
      connection: 'crm-prod',
      outcome: 'already-fresh',
      generation: 7,
      expires_at: new Date(seen.token?.expiresAtMs ?? 0).toISOString(),
    });
  });

  test.each<[Reason, string]>([
    ['operator', 'requested'],
    ['unauthorized', 'token-rejected'],
    ['expired', 'not-expired'],
  ])('treats the reason %s as one of its own', async (reason, decision) => {
    const world = new FakeRefresher(activeConnection());

    await ask(world, { reason, rejectedGeneration: 7 });

    expect(world.logged[0]?.[2]).toMatchObject({ trigger: reason, decision, rejectedGeneration: 7 });
  });

  test.each([
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [30_000, 30],
  ])('says in whole seconds, at least one, when to ask again: %i ms are %i s', async (ms, seconds) => {
    const lease = { owner: 'other', untilMs: NOW_MS + ms };

    expect(await ask(new FakeRefresher(activeConnection({ lease })))).toMatchObject({
      outcome: 'in-progress',
      retry_after_seconds: seconds,
    });
  });

  test('of a consumer is `already-fresh` for a token of this minute, and an operator gets a new one', async () => {
    const token = { versionId: 'v', issuedAtMs: NOW_MS - 1_000, expiresAtMs: NOW_MS + HOUR_MS };
    const seen = activeConnection({ token });

    expect(await ask(new FakeRefresher(seen))).toMatchObject({ outcome: 'already-fresh' });
    expect(await ask(new FakeRefresher(seen), { reason: 'operator' })).toMatchObject({
      outcome: 'refreshed',
    });
  });

  test('has no message for a connection that was retired', async () => {
    const world = new FakeRefresher(activeConnection());
    world.settings = { ...world.settings, declaredConnections: {} };

    expect(await ask(world)).toEqual({
      connection: 'crm-prod',
      outcome: 'blocked',
      generation: 7,
      expires_at: expect.any(String),
    });
  });

  test('does not say when to ask again if it does not help', async () => {
    const seen = activeConnection({ source: 'connected', status: 'disabled' });

    expect(await ask(new FakeRefresher(seen))).toEqual({
      connection: 'crm-prod',
      outcome: 'blocked',
      generation: 7,
      expires_at: expect.any(String),
    });
  });

  test('is `in-progress` for a connection that another attempt has just refreshed', async () => {
    const world = new FakeRefresher(activeConnection());
    const later = activeConnection({ generation: 8, status: 'pending', token: undefined });
    world.onReplaceIfFree = () => ({ written: false, current: later });

    expect(await ask(world, { reason: 'operator' })).toMatchObject({
      outcome: 'in-progress',
      expires_at: null,
    });
  });

  test.each([
    ['a generation that does not exist', activeConnection(), 8, 'invalid-request', 'does not exist yet'],
    [
      'a fresh token again and again',
      activeConnection({ complaints: { ...NO_COMPLAINTS, inARow: 7 } }),
      7,
      'budget-exhausted',
      'Consumers reject tokens that Zoho has just issued',
    ],
  ])(
    'says what is wrong with a caller that rejects %s',
    async (_, seen, rejectedGeneration, outcome, text) => {
      expect(await ask(new FakeRefresher(seen), { rejectedGeneration })).toMatchObject({
        outcome,
        message: expect.stringContaining(text),
      });
    },
  );

  test.each([
    ['a decline that passes', activeConnection({ lease: { owner: 'other', untilMs: NOW_MS + 1 } })],
    ['a failure', blockedConnection({ token: undefined, credentialsVersionId: 'older' })],
  ])('has no message for %s', async (_, seen) => {
    const world = new FakeRefresher(seen);
    world.onZoho = () => ({ kind: 'refused', failure: failureOf('invalid_code') });

    expect(await ask(world)).not.toHaveProperty('message');
  });
});

describe('the answer while AWS fails', () => {
  test('says which call failed', async () => {
    const world = new FakeRefresher(dueConnection());
    world.onCredentials = throws('aws_throttled');

    expect(await ask(world)).toMatchObject({ outcome: 'failed', message: 'what aws_throttled means' });
  });

  test('is not mixed up with the one while Zoho fails', async () => {
    const world = new FakeRefresher(dueConnection());
    world.onZoho = () => ({ kind: 'refused', failure: failureOf('timeout') });

    expect(await ask(world)).not.toHaveProperty('message');
  });
});

describe('a connection without a row', () => {
  test('is unknown if it is not declared and has no token secret, and nothing is written', async () => {
    const world = new FakeRefresher();

    const answer = await ask(world, { name: 'desk' });

    expect(answer).toEqual({
      connection: 'desk',
      outcome: 'unknown-connection',
      generation: 0,
      expires_at: null,
      message: 'There is no connection "desk" in the connections table. Declared connections: crm-prod.',
    });
    expect(world.calls).toEqual(['read desk', 'last published']);
    expect(world.metrics).toEqual([]);
    expect(world.logged).toEqual([
      [
        'warn',
        'request refused',
        { connection: 'desk', outcome: 'unknown-connection', reason: answer.message },
      ],
    ]);
  });

  test.each<[string[], string]>([
    [[], 'none.'],
    [['a', 'b'], 'a, b.'],
    [
      Array.from({ length: 12 }, (_, index) => `c${index}`),
      'c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, and 2 more.',
    ],
  ])('names the declared ones: %j', async (names, text) => {
    const world = new FakeRefresher();
    const declaration = { dataCenter: 'eu', scopes: [] } as const;
    world.settings = {
      ...world.settings,
      declaredConnections: Object.fromEntries(names.map((name) => [name, declaration])),
    };

    expect((await ask(world)).message).toMatch(
      new RegExp(`Declared connections: ${text.replace('.', '\\.')}$`),
    );
  });

  test('is registered if it is declared', async () => {
    const world = new FakeRefresher();

    expect(await ask(world)).toMatchObject({ outcome: 'refreshed', generation: 1 });
    expect(world.calls.slice(0, 4)).toEqual([
      'read crm-prod',
      'read crm-prod',
      'last published',
      'create crm-prod',
    ]);
    expect(world.row).toMatchObject({ source: 'declared' });
  });

  test('was lost if it has a token secret, and continues with its generation', async () => {
    const world = new FakeRefresher();
    world.onLastPublished = () => ({
      versionId: 'version-of-41',
      generation: 41,
      token: accessToken({ generation: 41, connection: 'desk', issuedAtMs: NOW_MS - HOUR_MS / 2 }),
    });

    expect(await ask(world, { name: 'desk', rejectedGeneration: 41 })).toMatchObject({ generation: 42 });
    expect(world.rows.get('desk')).toMatchObject({ source: 'connected', publishedGeneration: 42 });
    expect(world.logged[0]).toEqual([
      'warn',
      'lost row registered again',
      { connection: 'desk', source: 'connected', generation: 41 },
    ]);
  });
});

describe('a read of the row that fails', () => {
  test('is an answer if DynamoDB throttles: the caller asks too often', async () => {
    const world = new FakeRefresher(dueConnection());
    world.onRead = () => {
      throw new InfrastructureError(failureOf('aws_throttled'));
    };

    expect(await ask(world)).toEqual({
      connection: 'crm-prod',
      outcome: 'failed',
      generation: 0,
      expires_at: null,
      retry_after_seconds: 5,
      message: 'what aws_throttled means',
    });
    expect(world.logged).toEqual([
      [
        'warn',
        'request refused',
        { connection: 'crm-prod', outcome: 'failed', reason: 'what aws_throttled means' },
      ],
    ]);
  });

  test.each([
    new InfrastructureError(failureOf('aws_access_denied')),
    Object.assign(new TypeError('bug'), { code: 'aws_throttled' }),
  ])('is an error of ours otherwise: %s', async (error) => {
    const world = new FakeRefresher(pendingConnection());
    world.onRead = () => {
      throw error;
    };

    await expect(ask(world)).rejects.toBe(error);
  });
});
