import { describe, expect, test } from 'vitest';
import { admitEvent } from '../../../../lambdas/core/refresh/admit-event.ts';
import { REFRESHER_DOORS, type RefresherDoor } from '../../../../lambdas/core/refresh/refresher-door.ts';
import { InvalidEventError } from '../../../../lambdas/core/refresh/refresher-events.ts';

const tick = { action: 'refresh-due' };
const complaint = {
  action: 'refresh',
  connection: 'crm-prod',
  rejectedGeneration: 7,
  reason: 'unauthorized',
};
const expired = { ...complaint, reason: 'expired' };
const order = { action: 'refresh', connection: 'crm-prod', reason: 'operator' };
const admitted = (event: object) => ({ kind: 'admitted', event });
const refused = (outcome: string, connection = 'crm-prod') => ({
  kind: 'refused',
  answer: {
    connection,
    outcome,
    generation: 0,
    expires_at: null,
    message: expect.stringMatching(/^.{10,400}$/),
  },
});

describe('a door', () => {
  test.each<[RefresherDoor | undefined, object, unknown]>([
    ['schedule', tick, admitted(tick)],
    ['schedule', complaint, refused('not-allowed')],
    ['schedule', order, refused('not-allowed')],
    ['operators', tick, refused('not-allowed', '')],
    ['operators', complaint, admitted(complaint)],
    ['operators', order, admitted(order)],
    ['operators', expired, admitted(expired)],
    ['schedule', expired, refused('not-allowed')],
    ['consumers', expired, admitted(expired)],
    [undefined, expired, admitted(expired)],
    ['consumers', tick, refused('not-allowed', '')],
    ['consumers', complaint, admitted(complaint)],
    ['consumers', order, refused('not-allowed')],
    [undefined, tick, admitted(tick)],
    [undefined, complaint, admitted(complaint)],
    [undefined, order, admitted({ ...order, reason: 'unauthorized' })],
  ])('%s, for %o, decides what is handled', (door, event, expected) => {
    expect(admitEvent(event, door)).toEqual(expected);
  });
});

describe('a malformed event', () => {
  test.each(REFRESHER_DOORS.filter((door) => door !== 'schedule'))(
    'through the door %s is an answer',
    (door) => {
      expect(admitEvent({ ...complaint, reason: 'because' }, door)).toEqual(refused('invalid-request'));
      expect(admitEvent({ ...complaint, connection: '../x' }, door)).toEqual(refused('invalid-request', ''));
      expect(admitEvent(null, door)).toEqual(refused('invalid-request', ''));
    },
  );

  test('without a door is an answer', () => {
    expect(admitEvent('refresh', undefined)).toEqual(refused('invalid-request', ''));
  });

  test('of the schedule is an error of ours', () => {
    expect(() => admitEvent({ action: 'refresh-du' }, 'schedule')).toThrow(InvalidEventError);
  });

  test.each([
    ['a long text', 'x'.repeat(2_000_000)],
    ['a long name', { ...complaint, connection: 'x'.repeat(2_000_000) }],
    ['a long action', { action: 'x'.repeat(2_000_000) }],
    ['a long key', { ...complaint, ['k'.repeat(2_000_000)]: 1 }],
    [
      'many keys',
      { ...complaint, ...Object.fromEntries(Array.from({ length: 50_000 }, (_, key) => [`k${key}`, 1])) },
    ],
    ['a long list', { ...complaint, rejectedGeneration: Array.from({ length: 50_000 }, () => 1) }],
  ])('of %s is not repeated', (_, event) => {
    const admission = admitEvent(event, 'consumers');

    expect(JSON.stringify(admission).length).toBeLessThan(800);
  });
});
