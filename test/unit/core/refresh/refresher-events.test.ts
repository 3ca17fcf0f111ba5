import { describe, expect, test } from 'vitest';
import { REFRESH_OUTCOMES } from '../../../../lambdas/core/refresh/refresh-outcome.ts';
import {
  givenConnection,
  InvalidEventError,
  parseRefresherEvent,
} from '../../../../lambdas/core/refresh/refresher-events.ts';
import { ACCESS_TOKEN, CLIENT_SECRET } from '../../../support/builders.ts';

const refresh = { action: 'refresh', connection: 'crm-prod', reason: 'unauthorized' };

describe('an event that the refresher knows', () => {
  test.each([
    { action: 'refresh-due' },
    refresh,
    { ...refresh, reason: 'operator' },
    { ...refresh, reason: 'expired', rejectedGeneration: 3 },
    { ...refresh, rejectedGeneration: 42 },
    { ...refresh, rejectedGeneration: 0 },
  ])('is accepted unchanged: %j', (event) => {
    expect(parseRefresherEvent(event)).toStrictEqual(event);
  });
});

describe('an event that the refresher does not know', () => {
  const isNot = (given: string) => `action must be "refresh-due" or "refresh", is ${given}.`;
  const NAME = 'connection must be letters, digits, - and _, at most 64 of them.';
  const GENERATION = 'rejectedGeneration must be a whole number, the generation of the rejected token.';

  test.each([
    [undefined, isNot('missing')],
    [null, isNot('missing')],
    ['refresh-due', isNot('missing')],
    [[], isNot('missing')],
    [{}, isNot('missing')],
    [{ action: 'refesh' }, isNot('"refesh"')],
    [{ action: 'x' }, isNot('"x"')],
    [{ action: 'x'.repeat(24) }, isNot(`"${'x'.repeat(24)}"`)],
    [{ action: 'x'.repeat(25) }, isNot('a text (value omitted)')],
    [{ action: '.refresh' }, isNot('a text (value omitted)')],
    [{ action: 'refresh.' }, isNot('a text (value omitted)')],
    [{ action: 5 }, isNot('of type number')],
    [{ action: { refresh: true } }, isNot('of type object')],
    [{ action: 'refresh-due', force: true }, 'unknown "force".'],
    [{ ...refresh, generation: 5 }, 'unknown "generation".'],
    [{ ...refresh, connection: undefined }, 'connection must be the name of a connection.'],
    [{ ...refresh, connection: 5 }, 'connection must be the name of a connection.'],
    [{ ...refresh, connection: '' }, NAME],
    [{ ...refresh, connection: '../x' }, NAME],
    [{ ...refresh, rejectedGeneration: -1 }, 'rejectedGeneration must not be negative.'],
    [{ ...refresh, rejectedGeneration: 1.5 }, GENERATION],
    [{ ...refresh, rejectedGeneration: '7' }, GENERATION],
    [{ ...refresh, rejectedGeneration: 2 ** 53 }, GENERATION],
    [{ ...refresh, reason: undefined }, 'reason must be "unauthorized", "expired" or "operator".'],
    [{ ...refresh, reason: 'because' }, 'reason must be "unauthorized", "expired" or "operator".'],
  ])('is rejected with its problem: %j', (event, problem) => {
    const { message } = problemOf(event);

    expect(message).toBe(
      `${problem} Known events: {"action":"refresh-due"} and {"action":"refresh","connection":"NAME","rejectedGeneration":42,"reason":"unauthorized"|"expired"|"operator"}.`,
    );
  });

  test('has all its problems named at once', () => {
    const { message } = problemOf({
      action: 'refresh',
      connection: 5,
      rejectedGeneration: 'a',
      extra: 1,
      more: 2,
    });

    expect(message.split('. Known events: ')[0]?.split('; ')).toEqual([
      'connection must be the name of a connection',
      'rejectedGeneration must be a whole number, the generation of the rejected token',
      'reason must be "unauthorized", "expired" or "operator"',
      'unknown "extra", "more"',
    ]);
  });

  test('has a stable code and name', () => {
    expect(problemOf({})).toMatchObject({ name: 'InvalidEventError', code: 'invalid_event' });
  });

  test.each([
    ['the action', (secret: string) => ({ action: secret })],
    ['the connection', (secret: string) => ({ ...refresh, connection: secret })],
    ['the reason', (secret: string) => ({ ...refresh, reason: secret })],
    ['the generation', (secret: string) => ({ ...refresh, rejectedGeneration: secret })],
    ['a key', (secret: string) => ({ ...refresh, [secret]: 1 })],
    ['the value of an unknown key', (secret: string) => ({ ...refresh, token: secret })],
  ])('never repeats a secret that was put into %s', (_, eventWith) => {
    const messages = [ACCESS_TOKEN, `${CLIENT_SECRET}${CLIENT_SECRET}`].map(
      (secret) => problemOf(eventWith(secret)).message,
    );

    expect(messages.join()).not.toContain(ACCESS_TOKEN);
    expect(messages.join()).not.toContain(CLIENT_SECRET);
  });
});

test('the outcomes are those of the contract', () => {
  expect(REFRESH_OUTCOMES).toEqual([
    'refreshed',
    'already-fresh',
    'in-progress',
    'throttled',
    'budget-exhausted',
    'blocked',
    'failed',
    'invalid-request',
    'unknown-connection',
    'not-allowed',
  ]);
});

function problemOf(event: unknown): InvalidEventError {
  try {
    parseRefresherEvent(event);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
  throw new Error('this event is known');
}

test.each([
  [{ connection: 'crm-prod' }, 'crm-prod'],
  [{ connection: 'a b' }, ''],
  [{ connection: 5 }, ''],
  [{}, ''],
  [null, ''],
  ['crm-prod', ''],
])('the connection that %j names is %j', (event, name) => {
  expect(givenConnection(event)).toBe(name);
});
