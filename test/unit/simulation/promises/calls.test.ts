import { beforeEach, describe, expect, it } from 'vitest';
import { Blocking } from '../../../simulation/promises/blocking.ts';
import { Budgets } from '../../../simulation/promises/budgets.ts';
import { OneMint } from '../../../simulation/promises/one-mint.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';
import {
  activeItem,
  CONNECTION,
  call,
  FakeWorld,
  FORCED,
  givenBack,
  item,
  leaseTaken,
  OTHER,
  SCHEDULED,
  write,
} from './fake-world.ts';

let world: FakeWorld;
let violations: string[];
beforeEach(() => {
  world = new FakeWorld();
  violations = [];
});

const violate = (message: string) => violations.push(message);

describe('one mint at a time (I1)', () => {
  const watch = () => new OneMint(world, violate);

  it('is broken by a second call for a connection before the first is over', () => {
    const check = watch();

    check.onCallSent(call({ name: 'first' }), CONNECTION);
    check.onCallSent(call({ name: 'second' }), CONNECTION);

    expect(violations).toEqual([`second and first call Zoho for ${CONNECTION} at once`]);
  });

  it('is kept by one call after the other, and by those of different connections', () => {
    const check = watch();
    const [first, second] = [call({ name: 'first' }), call({ name: 'second' })];

    check.onCallSent(first, CONNECTION);
    check.onCallSent(call(), OTHER);
    check.onCallOver(first, CONNECTION);
    check.onCallSent(second, CONNECTION);

    expect(violations).toEqual([]);
  });

  it.each([
    ['kept while a lease may stand that a restored backup does not know of', 74_000, 0],
    ['broken once every lease from before a restored backup is over', 76_000, 1],
  ])('is %s', (_, laterMs, expected) => {
    const check = watch();
    check.onRowWritten({ ...write(activeItem(), activeItem()), task: undefined });
    world.nowMs += laterMs;

    check.onCallSent(call({ name: 'first' }), CONNECTION);
    check.onCallSent(call({ name: 'second' }), CONNECTION);

    expect(violations).toHaveLength(expected);
  });

  it.each([
    ['kept by the holder', 'P0-0', 1, 0],
    ['kept by a holder whose clock is behind', 'P0-0', -10 * SECOND_MS, 0],
    ['broken by a holder whose lease is over', 'P0-0', -11 * SECOND_MS, 1],
    ['broken by another process', 'P1-0', 1, 1],
    ['broken by a process of a similar name', 'P01-0', 1, 1],
  ])('is %s of the lease', (_, leaseOwner, leftMs, expected) => {
    const leased = { leaseOwner, leaseUntil: world.nowMs + leftMs };
    world.rows.set(CONNECTION, activeItem(leased));

    watch().onCallSent(call({ name: 'P0 call 3 token' }), CONNECTION);

    expect(violations).toHaveLength(expected);
  });

  it('is broken by a call without any lease', () => {
    world.rows.set(CONNECTION, activeItem());

    watch().onCallSent(call({ name: 'P0 call 3 token' }), CONNECTION);

    expect(violations).toEqual([`P0 call 3 token calls Zoho for ${CONNECTION} without a lease`]);
  });

  it('is broken although another call of the connection is over', () => {
    const check = watch();
    const [first, second] = [call({ name: 'first' }), call({ name: 'second' })];
    check.onCallSent(first, CONNECTION);
    check.onCallSent(second, CONNECTION);
    check.onCallOver(first, CONNECTION);

    check.onCallSent(call({ name: 'third' }), CONNECTION);

    expect(violations).toHaveLength(2);
  });

  it('is broken by a lease of the schedule before the connection is due', () => {
    watch().onRowWritten(leaseTaken(activeItem({ nextAttemptAt: NOW_MS + MINUTE_MS }), SCHEDULED));

    expect(violations).toEqual([`the schedule mints for ${CONNECTION}, which is not due`]);
  });

  it.each([
    ['a lease when it is due', leaseTaken(activeItem({ nextAttemptAt: NOW_MS }), SCHEDULED)],
    [
      'a lease by a clock that is a little ahead',
      leaseTaken(activeItem({ nextAttemptAt: NOW_MS + 5_000 }), SCHEDULED),
    ],
    ['a forced lease before it is due', leaseTaken(activeItem(), FORCED)],
    ['a lease given back before it is due', givenBack(activeItem())],
    ['a lease that is kept', write(activeItem({ leaseOwner: 'P0-0' }), activeItem({ leaseOwner: 'P0-0' }))],
    ['a restored row with a lease', { ...leaseTaken(activeItem(), SCHEDULED), task: undefined }],
  ])('is kept by %s', (_, written) => {
    watch().onRowWritten(written);

    expect(violations).toEqual([]);
  });

  it('is broken by a lease because of a token that has been replaced already', () => {
    const rejected = { ...FORCED, rejectedGeneration: 6 };

    watch().onRowWritten(leaseTaken(activeItem(), rejected));

    expect(violations).toEqual([`a mint for ${CONNECTION} because of generation 6, although 7 is published`]);
  });

  it.each([
    ['the published token was rejected', 7, activeItem()],
    ['the published token has run out', 6, activeItem({ tokenExpiresAt: NOW_MS - 1 })],
    ['an operator asks', undefined, activeItem()],
    ['there was no token yet', 0, activeItem({ publishedGeneration: undefined, tokenExpiresAt: undefined })],
  ])('is kept by a forced lease when %s', (_, rejectedGeneration, before) => {
    watch().onRowWritten(leaseTaken(before, { ...FORCED, rejectedGeneration }));

    expect(violations).toEqual([]);
  });
});

describe('budgets (I2)', () => {
  const watch = () => new Budgets(world, violate);
  const leased = (row: ReturnType<typeof activeItem>) => ({ ...row, leaseOwner: { S: 'P0-0' } });

  /** So many calls reach Zoho, a second apart. */
  function receive(check: Budgets, count: number, task: typeof SCHEDULED | typeof FORCED = SCHEDULED) {
    for (let index = 0; index < count; index += 1) {
      check.onCallReceived(call({ task }), CONNECTION);
      world.nowMs += SECOND_MS;
    }
  }

  function publishVersions(check: Budgets, count: number, by: 'scheduled' | 'forced'): void {
    for (let index = 0; index < count; index += 1) {
      world.publish({ generation: index, by });
      check.onTokenSecretChanged(CONNECTION, by);
      world.nowMs += SECOND_MS;
    }
  }

  it.each([
    ['11th scheduled', 10, SCHEDULED],
    ['7th forced', 6, FORCED],
  ])('are broken by the %s call in ten minutes, and not by the one before', (_, limit, task) => {
    const check = watch();
    receive(check, limit, task);
    const before = [...violations];

    receive(check, 1, task);

    expect(before).toEqual([]);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(`is call ${limit + 1} for ${CONNECTION} in ten minutes`);
  });

  it('count the calls of the schedule against a forced one, and leave the schedule its share', () => {
    const check = watch();
    receive(check, 6, SCHEDULED);
    receive(check, 1, SCHEDULED);
    const before = [...violations];

    receive(check, 1, FORCED);

    expect(before).toEqual([]);
    expect(violations).toHaveLength(1);
  });

  it('are kept by calls of other connections, and when ten minutes have passed', () => {
    const check = watch();
    receive(check, 10);
    check.onCallReceived(call(), OTHER);
    world.nowMs = NOW_MS + 10 * MINUTE_MS;

    receive(check, 1);

    expect(violations).toEqual([]);
  });

  it('are broken by the 11th call when the first is not quite ten minutes old', () => {
    const check = watch();
    receive(check, 10);
    world.nowMs = NOW_MS + 10 * MINUTE_MS - 1;

    receive(check, 1);

    expect(violations).toHaveLength(1);
  });

  it.each([
    ['91st scheduled', 90, 'scheduled'],
    ['46th forced', 45, 'forced'],
  ] as const)('are broken by the %s version of a day, and not by the one before', (_, limit, by) => {
    const check = watch();
    publishVersions(check, limit, by);
    const before = [...violations];

    publishVersions(check, 1, by);

    expect(before).toEqual([]);
    expect(violations).toEqual([`${CONNECTION} got ${limit + 1} versions in 24 hours`]);
  });

  it('are judged by who wrote the last version, and not by what people write', () => {
    const check = watch();
    publishVersions(check, 45, 'scheduled');
    publishVersions(check, 1, 'forced');
    check.onTokenSecretChanged(CONNECTION, 'human');

    publishVersions(check, 1, 'scheduled');

    expect(violations).toEqual([`${CONNECTION} got 46 versions in 24 hours`]);
  });

  it('are kept by versions of which the oldest are a day old, in the secret and in the row', () => {
    const check = watch();
    publishVersions(check, 90, 'scheduled');
    world.nowMs = NOW_MS + 24 * HOUR_MS + 90 * SECOND_MS;

    publishVersions(check, 1, 'scheduled');
    check.onRowWritten(givenBack(activeItem({ publishes: [world.nowMs] })));

    expect(violations).toEqual([]);
  });

  it.each([
    ['mints', 'calls'],
    ['publishes', 'versions'],
  ])('are broken by a lease given back with fewer %s than there were', (attribute, what) => {
    const check = watch();
    receive(check, 2);
    publishVersions(check, 2, 'scheduled');
    const counted = { mints: [NOW_MS, NOW_MS], publishes: [NOW_MS, NOW_MS] };

    check.onRowWritten(givenBack(activeItem({ ...counted, [attribute]: [NOW_MS] })));

    expect(violations).toEqual([`the row of ${CONNECTION} counts 1 of 2 ${what}`]);
  });

  it.each([
    ['a lease given back with all that there was', (row: ReturnType<typeof activeItem>) => givenBack(row), 2],
    ['a lease given back with more, to be safe', (row: ReturnType<typeof activeItem>) => givenBack(row), 3],
    ['a lease that is taken', (row: ReturnType<typeof activeItem>) => leaseTaken(row, SCHEDULED), 0],
    ['a row without a lease', (row: ReturnType<typeof activeItem>) => write(row, row), 0],
    [
      'a lease that is still held',
      (row: ReturnType<typeof activeItem>) => write(leased(row), leased(row)),
      0,
    ],
  ])('are kept by %s', (_, written, counted) => {
    const check = watch();
    receive(check, 2);
    publishVersions(check, 2, 'scheduled');
    const times = Array.from({ length: counted }, () => NOW_MS);

    check.onRowWritten(written(activeItem({ mints: times, publishes: times })));

    expect(violations).toEqual([]);
  });

  it('are not promised to somebody who restores an old state of the row', () => {
    const check = watch();
    check.onRowWritten({ ...write(activeItem(), activeItem()), task: undefined });

    receive(check, 11);
    check.onRowWritten(givenBack(activeItem()));

    expect(violations).toEqual([]);
  });
});

describe('blocked for a reason, and left alone then (I6, I8)', () => {
  const watch = () => new Blocking(world, (promise, message) => violations.push(`${promise} ${message}`));
  const refusal = { code: 'invalid_code', at: NOW_MS };
  const blocked = item({ status: 'blocked', lastFailure: refusal });
  const throttled = item({ status: 'cooling-down', lastFailure: { code: 'throttled', at: NOW_MS } });

  /** Zoho refuses a call, and the row says so. */
  function refuse(check: Blocking, told: 'definite-refusal' | 'throttle' = 'definite-refusal'): void {
    check.onCallReceived(call(), CONNECTION);
    check.onCallAnswered(call(), CONNECTION, told);
    const leased = activeItem({ leaseOwner: 'P0-0' });
    check.onRowWritten(write(leased, told === 'throttle' ? throttled : blocked));
  }

  it('is broken by a row that is blocked although Zoho was never asked', () => {
    watch().onRowWritten(write(activeItem(), blocked));

    expect(violations).toEqual([
      `I6 ${CONNECTION} is blocked (invalid_code) although Zoho refused nothing for good`,
    ]);
  });

  it.each(['throttle', 'other'] as const)(
    'is broken by a row that is blocked after Zoho told: %s',
    (told) => {
      const check = watch();
      check.onCallAnswered(call(), CONNECTION, told);

      check.onRowWritten(write(activeItem(), blocked));

      expect(violations).toEqual([expect.stringContaining('I6')]);
    },
  );

  it('is broken by a row that is blocked for a refusal of long ago, or of another connection', () => {
    const check = watch();
    check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
    world.nowMs += 2 * HOUR_MS;
    check.onCallAnswered(call(), OTHER, 'definite-refusal');

    check.onRowWritten(write(activeItem(), blocked));

    expect(violations).toEqual([expect.stringContaining('I6')]);
  });

  it('is kept by a row that is blocked because Zoho refused for good', () => {
    refuse(watch());

    expect(violations).toEqual([]);
  });

  it('is kept by a row that is blocked because its credentials could not be read, until a while ago', () => {
    world.truth = { ...world.truth, malformedUntilMs: NOW_MS - MINUTE_MS };

    watch().onRowWritten(write(activeItem(), item({ status: 'blocked' })));

    expect(violations).toEqual([]);
  });

  it.each([
    ['stays blocked', write(blocked, blocked)],
    [
      'was switched off while it was blocked, and is taken up again',
      write(item({ status: 'disabled' }), blocked),
    ],
    ['was restored by somebody', { ...write(activeItem(), blocked), task: undefined }],
  ])('is kept by a row that %s', (_, written) => {
    watch().onRowWritten(written);

    expect(violations).toEqual([]);
  });

  it.each([
    ['definite-refusal', 55],
    ['throttle', 7],
  ] as const)('is broken by the same credentials within its time after a %s', (told, minutes) => {
    const check = watch();
    refuse(check, told);
    world.nowMs += minutes * MINUTE_MS;

    check.onCallReceived(call({ name: 'again' }), CONNECTION);

    expect(violations).toEqual([`I8 again asks for ${CONNECTION} ${minutes}.0 minutes after a ${told}`]);
  });

  it.each([
    ['definite-refusal', 60],
    ['throttle', 10],
  ] as const)('is kept by the same credentials when the time after a %s is over', (told, minutes) => {
    const check = watch();
    refuse(check, told);
    world.nowMs += minutes * MINUTE_MS;

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([]);
  });

  it.each([
    ['another refresh token', call({ refreshToken: '1000.another' })],
    ['another client secret', call({ clientSecret: 'another' })],
    ['another data center', call({ dataCenter: 'jp' })],
  ])('is kept by a call with %s', (_, other) => {
    const check = watch();
    refuse(check);

    check.onCallReceived(other, CONNECTION);

    expect(violations).toEqual([]);
  });

  it('is kept when somebody has written the credentials since, be it the same ones', () => {
    const check = watch();
    refuse(check);
    world.nowMs += MINUTE_MS;
    world.truth = { ...world.truth, changedAtMs: world.nowMs, versionsWith: () => 2 };

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([]);
  });

  it('is broken when refused credentials come back after others were refused or accepted', () => {
    const check = watch();
    refuse(check);
    const other = call({ refreshToken: '1000.another' });
    check.onCallAnswered(other, CONNECTION, 'other');
    check.onCallAnswered(other, CONNECTION, 'definite-refusal');
    world.nowMs += MINUTE_MS;
    world.truth = { ...world.truth, changedAtMs: world.nowMs };

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([expect.stringContaining('I8')]);
  });

  it('is kept after a throttle when the credentials were written since', () => {
    const check = watch();
    refuse(check, 'throttle');
    world.nowMs += MINUTE_MS;
    world.truth = { ...world.truth, changedAtMs: world.nowMs };

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([]);
  });

  it('is kept when Zoho has answered something else since', () => {
    const check = watch();
    refuse(check);
    check.onCallAnswered(call(), CONNECTION, 'other');

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([]);
  });

  it('is kept when the holder died with the answer in the middle of trouble: nobody knows it', () => {
    const check = watch();
    check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
    world.nowMs += MINUTE_MS;
    world.calmSince = world.nowMs;

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([]);
  });

  it.each([
    ['definite-refusal', 'invalid_code', blocked],
    ['definite-refusal', 'invalid_client', item({ lastFailure: { code: 'invalid_client', at: NOW_MS } })],
    ['throttle', 'throttled', throttled],
  ] as const)('is broken in the middle of trouble when the %s is on record as %s', (told, _, row) => {
    const check = watch();
    check.onCallAnswered(call(), CONNECTION, told);
    check.onRowWritten(givenBack(row));
    world.nowMs += MINUTE_MS;
    world.calmSince = world.nowMs;

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([expect.stringContaining('I8')]);
  });

  it.each([
    ['something else', givenBack(activeItem({ lastFailure: { code: 'timeout', at: NOW_MS } }))],
    ['nothing of a failure', givenBack(activeItem())],
    ['it of an earlier attempt, its lease still held', leaseTaken(throttled, SCHEDULED)],
    ['it of an earlier attempt, a dead lease being taken away', givenBack(throttled, throttled)],
  ])('is kept in the middle of trouble when the row says %s', (_, written) => {
    const check = watch();
    check.onCallAnswered(call(), CONNECTION, 'throttle');
    check.onRowWritten(written);
    world.nowMs += MINUTE_MS;
    world.calmSince = world.nowMs;

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([]);
  });

  it.each([
    ['kept when a restored backup took the lease, and so the report, of whoever asked', 74_000, 0],
    ['broken by those who asked when every lease from before a restored backup was over', 76_000, 1],
  ])('is %s', (_, laterMs, expected) => {
    const check = watch();
    check.onRowWritten({ ...write(activeItem(), activeItem()), task: undefined });
    world.nowMs += laterMs;
    check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
    world.nowMs += MINUTE_MS;

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toHaveLength(expected);
  });

  it('is broken when the answer is on no record though there was no trouble', () => {
    const check = watch();
    check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
    world.nowMs += MINUTE_MS;

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([expect.stringContaining('I8')]);
  });

  it('is kept when the row was switched off or restored since', () => {
    const check = watch();
    refuse(check);
    check.onRowWritten(write(item({ status: 'disabled' }), activeItem()));

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual([]);
  });
});
