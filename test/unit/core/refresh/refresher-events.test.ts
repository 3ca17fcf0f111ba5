import { describe, expect, test } from 'vitest';
import { REFRESH_OUTCOMES } from '../../../../lambdas/core/refresh/refresh-outcome.ts';
import { InvalidEventError, parseRefresherEvent } from '../../../../lambdas/core/refresh/refresher-events.ts';
import { ACCESS_TOKEN, CLIENT_SECRET } from '../../../support/builders.ts';

const refresh = { action: 'refresh', connection: 'crm-prod', reason: 'unauthorized' };

describe('an event that the refresher knows', () => {
  test.each([
    { action: 'refresh-due' },
    refresh,
    { ...refresh, reason: 'operator' },
    { ...refresh, rejectedGeneration: 42 },
    { ...refresh, rejectedGeneration: 0 },
  ])('is taken as it is: %j', (event) => {
    expect(parseRefresherEvent(event)).toStrictEqual(event);
  });
});

describe('an event that the refresher does not know', () => {
  test.each([
    [undefined, 'action must be "refresh-due" or "refresh", is missing.'],
    [null, 'action must be "refresh-due" or "refresh", is missing.'],
    ['refresh-due', 'action must be "refresh-due" or "refresh", is missing.'],
    [[], 'action must be "refresh-due" or "refresh", is missing.'],
    [{}, 'action must be "refresh-due" or "refresh", is missing.'],
    [{ action: 'refesh' }, 'action must be "refresh-due" or "refresh", is "refesh".'],
    [{ action: 'x' }, 'action must be "refresh-due" or "refresh", is "x".'],
    [{ action: 'x'.repeat(24) }, `action must be "refresh-due" or "refresh", is "${'x'.repeat(24)}".`],
    [{ action: 'x'.repeat(25) }, 'action must be "refresh-due" or "refresh", is a text (value omitted).'],
    [{ action: '.refresh' }, 'action must be "refresh-due" or "refresh", is a text (value omitted).'],
    [{ action: 'refresh.' }, 'action must be "refresh-due" or "refresh", is a text (value omitted).'],
    [{ action: 5 }, 'action must be "refresh-due" or "refresh", is of type number.'],
    [{ action: { refresh: true } }, 'action must be "refresh-due" or "refresh", is of type object.'],
    [{ action: 'refresh-due', force: true }, 'unknown "force".'],
    [{ ...refresh, generation: 5 }, 'unknown "generation".'],
    [{ ...refresh, connection: undefined }, 'connection must be the name of a connection.'],
    [{ ...refresh, connection: 5 }, 'connection must be the name of a connection.'],
    [{ ...refresh, connection: '' }, 'connection must be letters, digits, - and _, at most 64 of them.'],
    [{ ...refresh, connection: '../x' }, 'connection must be letters, digits, - and _, at most 64 of them.'],
    [{ ...refresh, rejectedGeneration: -1 }, 'rejectedGeneration must not be negative.'],
    [
      { ...refresh, rejectedGeneration: 1.5 },
      'rejectedGeneration must be a whole number, the generation of the rejected token.',
    ],
    [
      { ...refresh, rejectedGeneration: '7' },
      'rejectedGeneration must be a whole number, the generation of the rejected token.',
    ],
    [
      { ...refresh, rejectedGeneration: 2 ** 53 },
      'rejectedGeneration must be a whole number, the generation of the rejected token.',
    ],
    [{ ...refresh, reason: undefined }, 'reason must be "unauthorized" or "operator".'],
    [{ ...refresh, reason: 'because' }, 'reason must be "unauthorized" or "operator".'],
  ])('is rejected with its fault: %j', (event, fault) => {
    const { message } = faultOf(event);

    expect(message).toBe(
      `${fault} Known events: {"action":"refresh-due"} and {"action":"refresh","connection":"NAME","rejectedGeneration":42,"reason":"unauthorized"|"operator"}.`,
    );
  });

  test('has all its faults named at once', () => {
    const { message } = faultOf({
      action: 'refresh',
      connection: 5,
      rejectedGeneration: 'a',
      extra: 1,
      more: 2,
    });

    expect(message.split('. Known events: ')[0]?.split('; ')).toEqual([
      'connection must be the name of a connection',
      'rejectedGeneration must be a whole number, the generation of the rejected token',
      'reason must be "unauthorized" or "operator"',
      'unknown "extra", "more"',
    ]);
  });

  test('has a stable code and name', () => {
    expect(faultOf({})).toMatchObject({ name: 'InvalidEventError', code: 'invalid_event' });
  });

  test.each([
    ['the action', (secret: string) => ({ action: secret })],
    ['the connection', (secret: string) => ({ ...refresh, connection: secret })],
    ['the reason', (secret: string) => ({ ...refresh, reason: secret })],
    ['the generation', (secret: string) => ({ ...refresh, rejectedGeneration: secret })],
    ['a key', (secret: string) => ({ ...refresh, [secret]: 1 })],
    ['a value that nobody asked for', (secret: string) => ({ ...refresh, token: secret })],
  ])('never repeats a secret that was put into %s', (_, eventWith) => {
    const messages = [ACCESS_TOKEN, `${CLIENT_SECRET}${CLIENT_SECRET}`].map(
      (secret) => faultOf(eventWith(secret)).message,
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
  ]);
});

function faultOf(event: unknown): InvalidEventError {
  try {
    parseRefresherEvent(event);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
  throw new Error('this event is known');
}
