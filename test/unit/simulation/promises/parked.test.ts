import { beforeEach, describe, expect, it } from 'vitest';
import { Parked } from '../../../simulation/promises/parked.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import {
  activeItem,
  CONNECTION,
  call,
  FORCED,
  useFakeWorld,
  violate,
  violations,
  world,
  write,
} from './fake-world.ts';

useFakeWorld();

describe('a parked connection (I6)', () => {
  const rowOf = (nextAttemptAt: number) =>
    activeItem({
      status: 'blocked',
      blockedAt: NOW_MS - 8 * 24 * HOUR_MS,
      nextAttemptAt,
      refusedCredentials: [{ versionId: 'stored', first: NOW_MS - 9 * HOUR_MS, at: NOW_MS - HOUR_MS }],
    });
  const PARKED = rowOf(NOW_MS);
  let check: Parked;
  beforeEach(() => {
    check = new Parked(world, violate);
    world.rows.set(CONNECTION, PARKED);
    world.credentials = { versionId: 'stored', text: '{}' };
  });

  it('is not counted as blocked', () => {
    check.onOutput({ values: { Blocked: 1 }, connection: CONNECTION });

    expect(violations).toEqual([`${CONNECTION} is parked, and is counted as blocked`]);
  });

  it.each([
    ['is looked at once an hour', 60, []],
    ['is not looked at sooner', 5, [`the parked ${CONNECTION} is looked at again after 5.0 minutes`]],
  ])('%s', (_, minutes, expected) => {
    check.onRowWritten(write(PARKED, rowOf(NOW_MS + minutes * MINUTE_MS)));

    expect(violations).toEqual(expected);
  });

  it('is what Zoho is asked about once a day, unless an operator asks', () => {
    check.onCallSent(call({ task: FORCED }), CONNECTION);
    expect(violations).toEqual([]);

    check.onCallSent(call(), CONNECTION);
    expect(violations).toEqual([`Zoho is asked about the parked ${CONNECTION} again after 60.0 minutes`]);
  });

  it('is not one that was blocked an hour ago', () => {
    world.rows.set(CONNECTION, activeItem({ status: 'blocked', blockedAt: NOW_MS - HOUR_MS }));

    check.onOutput({ values: { Blocked: 1 }, connection: CONNECTION });
    check.onCallSent(call(), CONNECTION);

    expect(violations).toEqual([]);
  });
});
