import { beforeEach, describe, expect, it } from 'vitest';
import { RealRefusals } from '../../../simulation/promises/real-refusals.ts';
import { WrongRefusals } from '../../../simulation/promises/wrong-refusals.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import {
  activeItem,
  CONNECTION,
  call,
  leaseReleased,
  restored,
  useFakeWorld,
  violate,
  violations,
  world,
  write,
} from './fake-world.ts';

useFakeWorld();

/** Runs the check every 20 seconds. */
function pass(check: { onCheck(): void }, minutes: number): void {
  for (let third = 0; third < 3 * minutes; third += 1) {
    world.pass(MINUTE_MS / 3);
    check.onCheck();
  }
}

const refusedOnce = activeItem({ lastFailure: { code: 'invalid_code', at: NOW_MS } });
const blocked = activeItem({
  status: 'blocked',
  lastFailure: { code: 'invalid_code', at: NOW_MS },
  nextAttemptAt: NOW_MS + 5 * MINUTE_MS,
});

describe('what a wrong refusal costs (I6)', () => {
  let check: WrongRefusals;
  beforeEach(() => {
    check = new WrongRefusals(world, violate);
    world.refusals = [{ fromMs: NOW_MS - MINUTE_MS, untilMs: NOW_MS + 10 * MINUTE_MS }];
    world.rows.set(CONNECTION, refusedOnce);
  });

  /** Zoho refuses when the token has so many minutes left. */
  function refuse({ minutesLeft = 5 } = {}): void {
    world.publish({ generation: 1, lifeMs: minutesLeft * MINUTE_MS });
    check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
  }

  const COSTS = `a wrong refusal costs ${CONNECTION} 13.3 minutes without a valid token, and not 13.0`;

  it.each([
    ['kept by a token that is back at most 3 minutes later', 5 + 13, []],
    ['broken by a token that is not', 5 + 14, [COSTS]],
  ])('is %s', (_, minutes, expected) => {
    refuse();

    pass(check, minutes);

    expect(violations.slice(0, 1)).toEqual(expected);
  });

  it('allows for a token that had less life left than renewals leave', () => {
    refuse({ minutesLeft: 0 });

    pass(check, 16);
    expect(violations).toEqual([]);
    pass(check, 3);
    expect(violations).not.toEqual([]);
  });

  it('ends when Zoho accepts the credentials, also with a token that is too long', () => {
    refuse();
    check.onCallAnswered(call(), CONNECTION, 'unusable-token');

    pass(check, 30);

    expect(violations).toEqual([]);
  });

  it('ends with a token that is too long for the second store, which only the row says', () => {
    refuse();
    const lastFailure = { code: 'too_large_to_seal', at: NOW_MS };
    check.onRowWritten(write(refusedOnce, activeItem({ lastFailure })));

    pass(check, 30);

    expect(violations).toEqual([]);
  });

  const publish = () => check.onRowWritten(write(refusedOnce, activeItem({ publishedGeneration: 8 })));
  const disturb = () => {
    world.calmSince = NOW_MS + 9 * MINUTE_MS;
  };
  it.each<[string, () => void]>([
    ['a token was published', publish],
    ['a backup of the row was restored', () => check.onRowWritten(restored(refusedOnce, refusedOnce))],
    ['other credentials were stored', () => world.change({ goodSinceMs: NOW_MS + 1 })],
    ['the connection is no longer declared', () => world.change({ isDeclared: false })],
    ['another fault hits the world', disturb],
    ['Zoho throttles', () => world.rows.set(CONNECTION, activeItem({ status: 'cooling-down' }))],
  ])('does not count when %s', (_, happen) => {
    refuse();
    happen();

    pass(check, 19);

    expect(violations).toEqual([]);
  });

  it.each([
    ['Zoho is right', () => world.change({ goodSinceMs: undefined })],
    ['the refusal was over', () => (world.refusals = [{ fromMs: 0, untilMs: NOW_MS - HOUR_MS }])],
  ])('does not count when %s', (_, happen) => {
    happen();
    refuse();

    pass(check, 30);

    expect(violations).toEqual([]);
  });

  it('allows an hour more for a refusal of more than an hour', () => {
    world.refusals = [{ fromMs: NOW_MS, untilMs: NOW_MS + 61 * MINUTE_MS }];
    refuse();

    pass(check, 5 + 60 + 61 + 3);
    expect(violations).toEqual([]);
    pass(check, 1);
    expect(violations).not.toEqual([]);
  });
});

describe('a refusal that is right (I6)', () => {
  let check: RealRefusals;
  beforeEach(() => {
    check = new RealRefusals(world, violate);
    world.rows.set(CONNECTION, refusedOnce);
    world.change({ goodSinceMs: undefined });
  });

  it('has to block the connection within eight calm minutes', () => {
    pass(check, 8);
    expect(violations).toEqual([]);

    world.calmSince = world.nowMs;
    pass(check, 8);
    expect(violations).toEqual([]);

    pass(check, 1);
    expect(violations[0]).toContain(`${CONNECTION} is not blocked`);
  });

  it('has to be counted every five minutes while the connection is blocked', () => {
    check.onRowWritten(leaseReleased(blocked, refusedOnce));
    world.rows.set(CONNECTION, blocked);

    pass(check, 8);
    check.onOutput({ values: { Blocked: 1 }, connection: CONNECTION });
    pass(check, 8);
    expect(violations).toEqual([]);

    pass(check, 2);
    expect(violations[0]).toContain(`${CONNECTION} is blocked, and was not counted`);
  });

  it('is not counted while a time that someone else wrote puts its next look off', () => {
    check.onRowWritten(leaseReleased(blocked, refusedOnce));
    world.rows.set(CONNECTION, blocked);
    world.postponedMs = NOW_MS + 40 * MINUTE_MS;

    pass(check, 40);
    expect(violations).toEqual([]);

    pass(check, 10);
    expect(violations[0]).toContain(`${CONNECTION} is blocked, and was not counted`);
  });
});

describe('the refusal of a whole data center (I6)', () => {
  let check: RealRefusals;
  const names = ['one', 'two', CONNECTION];
  beforeEach(() => {
    const truths = names.map((name, index) => ({ ...world.truth, name, clientId: `client ${index % 2}` }));
    world.connections = () => truths;
    check = new RealRefusals(world, violate);
  });

  const recent = {
    refusedCredentials: [{ versionId: 'v', first: NOW_MS, at: NOW_MS }],
    credentialsVersionId: 'v',
  };
  const refused = activeItem({ lastFailure: { code: 'invalid_code', at: NOW_MS }, ...recent });
  const believed = activeItem({
    status: 'blocked',
    lastFailure: { code: 'invalid_code', at: NOW_MS },
    ...recent,
  });
  const holder = { leaseOwner: { S: 'P0-0' } };
  const record = (key: string, after: typeof refused) =>
    check.onRowWritten({ ...write({ ...refused, ...holder }, after), key });

  const BROKEN = [`${CONNECTION} is blocked although P0 knows that eu refuses 3 connections`];
  const accepted = () => check.onCallAnswered(call(), 'one', 'other');
  it.each<[string, () => void, string[]]>([
    ['is not believed by a process that knows of it', () => {}, BROKEN],
    ['may be believed once another connection was accepted', accepted, []],
    ['may be believed after an hour', () => world.pass(HOUR_MS), []],
  ])('%s', (_, happen, expected) => {
    record('one', refused);
    record('two', refused);
    happen();

    record(CONNECTION, believed);

    expect(violations).toEqual(expected);
  });
});
