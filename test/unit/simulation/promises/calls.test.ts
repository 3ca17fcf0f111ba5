import { beforeEach, describe, expect, it } from 'vitest';
import type { AnswerKind } from '../../../simulation/answer-kind.ts';
import { Blocking } from '../../../simulation/promises/blocking.ts';
import { Budgets } from '../../../simulation/promises/budgets.ts';
import { OneMint } from '../../../simulation/promises/one-mint.ts';
import type { TableWrite } from '../../../simulation/simulated-table.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';
import {
  activeItem,
  COMPLAINT,
  CONNECTION,
  call,
  FORCED,
  item,
  leaseReleased,
  leaseTaken,
  newViolations,
  OTHER,
  restored,
  SCHEDULED,
  useFakeWorld,
  violate,
  violations,
  world,
  write,
} from './fake-world.ts';

useFakeWorld();

type Row = ReturnType<typeof activeItem>;

describe('one mint at a time (I1)', () => {
  let check: OneMint;
  beforeEach(() => {
    check = new OneMint(world, violate);
  });
  const [first, second, third] = [call({ name: 'first' }), call({ name: 'second' }), call({ name: 'third' })];
  const TWO_AT_ONCE = `second and first call Zoho for ${CONNECTION} at once`;

  const sent =
    (which: ReturnType<typeof call>, to = CONNECTION) =>
    () =>
      check.onCallSent(which, to);
  const firstIsOver = () => check.onCallOver(first, CONNECTION);
  const THIRD_AT_ONCE = `third and second call Zoho for ${CONNECTION} at once`;
  it.each<[string, (() => void)[], string[]]>([
    [
      'broken by each call of a connection before the previous one has ended',
      [sent(first), sent(second), firstIsOver, sent(third)],
      [TWO_AT_ONCE, THIRD_AT_ONCE],
    ],
    ['kept by one call after the other', [sent(first), firstIsOver, sent(second)], []],
    ['kept by calls of other connections', [sent(first), sent(second, OTHER)], []],
  ])('is %s', (_, history, expected) => {
    for (const event of history) event();

    expect(violations).toEqual(expected);
  });

  it.each([
    ['kept while the lease may be missing in a restored backup', 74_000, []],
    ['broken when every lease from before the backup has expired', 76_000, [TWO_AT_ONCE]],
  ])('is %s', (_, laterMs, expected) => {
    check.onRowWritten(restored(activeItem(), activeItem()));
    world.nowMs += laterMs;

    check.onCallSent(first, CONNECTION);
    check.onCallSent(second, CONNECTION);

    expect(violations).toEqual(expected);
  });

  const NO_LEASE = [`P0 call 3 token calls Zoho for ${CONNECTION} without a lease`];
  it.each([
    ['kept by the holder', 'P0-0', 1, []],
    ['kept by a holder whose clock is behind', 'P0-0', -10 * SECOND_MS, []],
    ['broken by an expired lease', 'P0-0', -11 * SECOND_MS, NO_LEASE],
    ['broken by another process', 'P1-0', 1, NO_LEASE],
    ['broken by a process of a similar name', 'P01-0', 1, NO_LEASE],
    ['broken without a lease', undefined, undefined, NO_LEASE],
  ])('is %s', (_, leaseOwner, leftMs, expected) => {
    const leaseUntil = leftMs === undefined ? undefined : NOW_MS + leftMs;
    world.rows.set(CONNECTION, activeItem({ leaseOwner, leaseUntil }));

    check.onCallSent(call({ name: 'P0 call 3 token' }), CONNECTION);

    expect(violations).toEqual(expected);
  });

  const rejected = (rejectedGeneration: number | undefined) => ({ ...FORCED, rejectedGeneration });
  const dueIn = (ms: number) => activeItem({ nextAttemptAt: NOW_MS + ms });
  const leased = activeItem({ leaseOwner: 'P0-0' });
  it.each<[string, TableWrite, string[]]>([
    [
      'broken by a scheduled lease before the connection is due',
      leaseTaken(dueIn(MINUTE_MS), SCHEDULED),
      [`the schedule mints for ${CONNECTION}, which is not due`],
    ],
    ['kept by a scheduled lease when it is due', leaseTaken(dueIn(0), SCHEDULED), []],
    ['kept by a lease of a clock that is a little ahead', leaseTaken(dueIn(5_000), SCHEDULED), []],
    ['kept by a forced lease before it is due', leaseTaken(activeItem(), FORCED), []],
    ['kept by a release before it is due', leaseReleased(activeItem()), []],
    ['kept by a lease that is kept', write(leased, leased), []],
    ['kept by a restored row with a lease', restored(activeItem(), leased), []],
    [
      'broken by a forced lease for a token that was already replaced',
      leaseTaken(activeItem(), rejected(6)),
      [`a mint for ${CONNECTION} because of generation 6, although 7 is published`],
    ],
    ['kept when the published token was rejected', leaseTaken(activeItem(), rejected(7)), []],
    [
      'kept when the published token has expired',
      leaseTaken(activeItem({ tokenExpiresAt: NOW_MS - 1 }), rejected(6)),
      [],
    ],
    ['kept when an operator requests a token', leaseTaken(activeItem(), rejected(undefined)), []],
    [
      'kept when there was no token',
      leaseTaken(activeItem({ publishedGeneration: undefined, tokenExpiresAt: undefined }), rejected(0)),
      [],
    ],
  ])('is %s', (_, written, expected) => {
    check.onRowWritten(written);

    expect(violations).toEqual(expected);
  });
});

describe('budgets (I2)', () => {
  let check: Budgets;
  beforeEach(() => {
    check = new Budgets(world, violate);
  });

  /** Zoho receives so many calls, a second apart. */
  function receive(count: number, task: typeof SCHEDULED | typeof FORCED | typeof COMPLAINT = SCHEDULED) {
    for (let index = 0; index < count; index += 1) {
      check.onCallReceived(call({ task }), CONNECTION);
      world.nowMs += SECOND_MS;
    }
  }

  function publishVersions(count: number, by: 'scheduled' | 'forced' = 'scheduled'): void {
    for (let index = 0; index < count; index += 1) {
      world.publish({ generation: index, by });
      check.onTokenSecretChanged(CONNECTION, by);
      world.nowMs += SECOND_MS;
    }
  }

  it.each([
    ['11th scheduled', 10, SCHEDULED],
    ["operator's 9th", 8, FORCED],
    ["consumers' 7th", 6, COMPLAINT],
  ])('are broken by the %s call in ten minutes, and not by the one before', (_, limit, task) => {
    receive(limit, task);
    expect(newViolations()).toEqual([]);

    receive(1, task);
    expect(newViolations()).toEqual([
      expect.stringContaining(`is call ${limit + 1} for ${CONNECTION} in ten minutes`),
    ]);
  });

  it('count scheduled calls against a forced one, and leave the schedule its share', () => {
    receive(8);
    expect(newViolations()).toEqual([]);

    receive(1, FORCED);
    expect(newViolations()).toHaveLength(1);
  });

  it.each([
    ['kept when ten minutes have passed', 10 * MINUTE_MS, 0],
    ['broken one millisecond earlier', 10 * MINUTE_MS - 1, 1],
  ])('are %s since the first of eleven calls', (_, laterMs, expected) => {
    receive(10);
    check.onCallReceived(call(), OTHER);
    world.nowMs = NOW_MS + laterMs;

    receive(1);

    expect(violations).toHaveLength(expected);
  });

  it.each([
    ['91st scheduled', 90, 'scheduled'],
    ['61st forced', 60, 'forced'],
  ] as const)('are broken by the %s version of a day, and not by the one before', (_, limit, by) => {
    publishVersions(limit, by);
    expect(newViolations()).toEqual([]);

    publishVersions(1, by);
    expect(newViolations()).toEqual([`${CONNECTION} got ${limit + 1} versions in 24 hours`]);
  });

  it('depend on the writer of the last version, and ignore what operators write', () => {
    publishVersions(60);
    publishVersions(1, 'forced');
    check.onTokenSecretChanged(CONNECTION, 'human');
    publishVersions(1);

    expect(violations).toEqual([`${CONNECTION} got 61 versions in 24 hours`]);
  });

  it.each([
    ['are broken by a row that counts less than there was', SCHEDULED, 1],
    [
      'expect nothing of a row that a wrong clock has written',
      { ...SCHEDULED, clockWasSet: true } as const,
      0,
    ],
  ])('%s', (_, task, expected) => {
    receive(3);
    const leased = { ...activeItem(), leaseOwner: { S: 'P0-0' }, leaseUntil: { N: '1' } };

    check.onRowWritten(write(leased, activeItem({ mints: [NOW_MS] }), task));

    expect(violations).toHaveLength(expected);
  });

  it('ignore versions that are a day old, in the secret and in the row', () => {
    publishVersions(90);
    world.nowMs = NOW_MS + 24 * HOUR_MS + 90 * SECOND_MS;

    publishVersions(1);
    check.onRowWritten(leaseReleased(activeItem({ publishes: [world.nowMs] })));

    expect(violations).toEqual([]);
  });

  const counting = (mints: number, publishes = mints) =>
    activeItem({
      mints: Array.from({ length: mints }, () => NOW_MS),
      publishes: Array.from({ length: publishes }, () => NOW_MS),
    });
  const leased = (row: Row) => ({ ...row, leaseOwner: { S: 'P0-0' } });
  it.each<[string, TableWrite, string[]]>([
    [
      'broken by a release with too few calls',
      leaseReleased(counting(1, 2)),
      [`the row of ${CONNECTION} counts 1 of 2 calls`],
    ],
    [
      'broken by a release with too few versions',
      leaseReleased(counting(2, 1)),
      [`the row of ${CONNECTION} counts 1 of 2 versions`],
    ],
    ['kept by a release with all of them', leaseReleased(counting(2)), []],
    ['kept by a release with more, to be safe', leaseReleased(counting(3)), []],
    ['kept by a lease that is taken', leaseTaken(counting(0), SCHEDULED), []],
    ['kept by a row without a lease', write(counting(0), counting(0)), []],
    ['kept by a lease that is still held', write(leased(counting(0)), leased(counting(0))), []],
  ])('are %s', (_, written, expected) => {
    receive(2);
    publishVersions(2);

    check.onRowWritten(written);

    expect(violations).toEqual(expected);
  });

  it('are not promised after an old state of the row was restored', () => {
    check.onRowWritten(restored(activeItem(), activeItem()));

    receive(11);
    check.onRowWritten(leaseReleased(activeItem()));

    expect(violations).toEqual([]);
  });
});

describe('blocked for a reason, and then left alone (I6, I8)', () => {
  let check: Blocking;
  beforeEach(() => {
    check = new Blocking(world, (promise, message) => violations.push(`${promise} ${message}`));
  });
  const I6 = expect.stringMatching(/^I6 /);
  const I8 = expect.stringMatching(/^I8 /);
  const blocked = item({ status: 'blocked', lastFailure: { code: 'invalid_code', at: NOW_MS } });
  const throttled = item({ status: 'cooling-down', lastFailure: { code: 'throttled', at: NOW_MS } });
  const answer = (kind: AnswerKind, to = call()) => check.onCallAnswered(to, CONNECTION, kind);
  const answered = (kind: AnswerKind, to?: ReturnType<typeof call>) => () => answer(kind, to);
  const rewritten = (versions: number) => () =>
    world.change({ changedAtMs: world.nowMs, versionsWith: () => versions });
  const passed = (ms: number) => () => world.pass(ms);
  const aMinutePassed = passed(MINUTE_MS);
  const happen = (history: readonly (() => unknown)[]) => {
    for (const event of history) event();
  };

  /** Zoho refuses a call, and the row records it. */
  const refused = (kind: 'definite-refusal' | 'throttle') => () => {
    check.onCallReceived(call(), CONNECTION);
    answer(kind);
    check.onRowWritten(write(activeItem({ leaseOwner: 'P0-0' }), kind === 'throttle' ? throttled : blocked));
  };

  /** As often as Zoho may be asked within ten minutes. */
  const often = (kind: 'definite-refusal' | 'throttle', event: () => unknown) =>
    Array.from({ length: kind === 'throttle' ? 1 : 4 }, () => event);
  const refusedOften = often('definite-refusal', refused('definite-refusal'));

  /** A minute that is disturbed to its end: the holder may have died with the answer. */
  const aDisturbedMinutePassed = () => {
    world.pass(MINUTE_MS);
    world.calmSince = world.nowMs;
  };

  const NOTHING_REFUSED = `I6 ${CONNECTION} is blocked (invalid_code) although Zoho refused nothing for good`;
  const ofAnother = () => check.onCallAnswered(call(), OTHER, 'definite-refusal');
  const wasMalformed = () => world.change({ malformedUntilMs: NOW_MS - MINUTE_MS });
  it.each<[string, (() => void)[], unknown[]]>([
    ['broken when Zoho was never called', [], [NOTHING_REFUSED]],
    ['broken when Zoho throttled', [answered('throttle')], [I6]],
    ['broken when Zoho answered something else', [answered('other')], [I6]],
    ['broken when the refusal was long ago', [answered('definite-refusal'), passed(2 * HOUR_MS)], [I6]],
    ['broken when the refusal was of another connection', [ofAnother], [I6]],
    ['kept when Zoho refused for good', [answered('definite-refusal')], []],
    ['kept when the credentials could not be parsed until a while ago', [wasMalformed], []],
  ])('is %s before the row is blocked', (_, history, expected) => {
    happen(history);

    check.onRowWritten(write(activeItem(), blocked));

    expect(violations).toEqual(expected);
  });

  it.each([
    ['stays blocked', write(blocked, blocked)],
    ['was disabled while it was blocked, and is enabled again', write(item({ status: 'disabled' }), blocked)],
    ['was restored', restored(activeItem(), blocked)],
  ])('is kept by a row that %s', (_, written) => {
    check.onRowWritten(written);

    expect(violations).toEqual([]);
  });

  const refusedForLong = [refused('definite-refusal'), passed(62 * MINUTE_MS), refused('definite-refusal')];
  it.each([
    ['a throttle', 'throttle', [refused('throttle')], 7, 10],
    ['refusals for more than an hour', 'definite-refusal', refusedForLong, 55, 60],
    ['four refusals', 'definite-refusal', refusedOften, 7, 10],
  ] as const)(
    'is broken by the same credentials soon after %s, and not later',
    (_, kind, history, soon, later) => {
      happen([...history, passed(soon * MINUTE_MS)]);
      check.onCallReceived(call({ name: 'again' }), CONNECTION);
      expect(newViolations()).toEqual([`I8 again asks for ${CONNECTION} ${soon}.0 minutes after a ${kind}`]);

      world.pass((later - soon) * MINUTE_MS);
      check.onCallReceived(call(), CONNECTION);
      expect(newViolations()).toEqual([]);
    },
  );

  const byOperator = { kind: 'forced', reason: 'operator' } as const;
  it.each<[string, (() => void)[], Partial<ReturnType<typeof call>>]>([
    ['at the fourth call within ten minutes', refusedOften.slice(1), {}],
    ['when an operator asks', refusedOften, { task: byOperator }],
    [
      'for the schedule, however often operators asked',
      Array.from({ length: 8 }, () => answered('definite-refusal', call({ task: byOperator }))),
      {},
    ],
  ])('is kept %s', (_, history, asked) => {
    happen(history);

    check.onCallReceived(call(asked), CONNECTION);

    expect(violations).toEqual([]);
  });

  const accepted = activeItem({ credentialsVersionId: 'v1' });
  const refusedItem = (more: object = {}) =>
    activeItem({
      status: 'blocked',
      lastFailure: { code: 'invalid_code', at: NOW_MS },
      credentialsVersionId: 'v1',
      tokenExpiresAt: NOW_MS + HOUR_MS,
      ...more,
    });
  const NOT_REPEATED = [`I6 ${CONNECTION} is blocked (invalid_code) by a refusal that Zoho has not repeated`];
  it.each<[string, number, ReturnType<typeof item>, ReturnType<typeof item>, unknown[]]>([
    ['by its first refusal', 0, accepted, refusedItem(), NOT_REPEATED],
    ['by one that is repeated too soon', 119_000, accepted, refusedItem(), NOT_REPEATED],
    ['by one that is repeated after two minutes', 121_000, accepted, refusedItem(), []],
    ['without a valid token', 0, accepted, refusedItem({ tokenExpiresAt: NOW_MS }), []],
    ['with new credentials', 0, accepted, refusedItem({ credentialsVersionId: 'v2' }), []],
    ['before its first token', 0, item({ status: 'pending' }), refusedItem(), []],
  ])('judges a connection that is blocked %s', (_, laterMs, before, after, expected) => {
    answer('definite-refusal');
    world.pass(laterMs);
    if (laterMs > 0) answer('definite-refusal');

    check.onRowWritten(write(before, after));

    expect(violations).toEqual(expected);
  });

  it('allows a restored row, which may hold earlier refusals, to be blocked by the next one', () => {
    check.onRowWritten(restored(accepted, accepted));
    answer('definite-refusal');

    check.onRowWritten(write(accepted, refusedItem()));

    expect(violations).toEqual([]);
  });

  it.each([
    ['refresh token', call({ refreshToken: '1000.another' })],
    ['client secret', call({ clientSecret: 'another' })],
    ['data center', call({ dataCenter: 'jp' })],
  ])('is kept by a call with another %s', (_, other) => {
    happen(refusedOften);

    check.onCallReceived(other, CONNECTION);

    expect(violations).toEqual([]);
  });

  const other = call({ refreshToken: '1000.another' });
  const isEnabledAgain = () => check.onRowWritten(write(item({ status: 'disabled' }), activeItem()));
  const othersRefused = [answered('other', other), answered('definite-refusal', other)];
  it.each<[string, (() => unknown)[], unknown[]]>([
    ['kept when the same credentials were stored again', [...refusedOften, aMinutePassed, rewritten(2)], []],
    [
      'broken when refused credentials come back after others were refused or accepted',
      [...refusedOften, ...othersRefused, aMinutePassed, rewritten(1)],
      [I8],
    ],
    [
      'kept after a throttle when the credentials were stored since',
      [refused('throttle'), aMinutePassed, rewritten(1)],
      [],
    ],
    ['kept when Zoho has answered something else since', [...refusedOften, answered('other')], []],
    ['kept when the row was disabled since', [...refusedOften, isEnabledAgain], []],
    [
      'kept when the holder may have died with the answer',
      [...often('definite-refusal', answered('definite-refusal')), aDisturbedMinutePassed],
      [],
    ],
    [
      'broken when the answer is not recorded although nothing was disturbed',
      [...often('definite-refusal', answered('definite-refusal')), aMinutePassed],
      [I8],
    ],
  ])('is %s', (_, history, expected) => {
    happen(history);

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual(expected);
  });

  const clientRefused = item({ lastFailure: { code: 'invalid_client', at: NOW_MS } });
  const timedOut = activeItem({ lastFailure: { code: 'timeout', at: NOW_MS } });
  it.each<[string, 'definite-refusal' | 'throttle', TableWrite, unknown[]]>([
    ['broken when the row records it', 'definite-refusal', leaseReleased(blocked), [I8]],
    ['broken when the row records the client', 'definite-refusal', leaseReleased(clientRefused), [I8]],
    ['broken when the row records the throttle', 'throttle', leaseReleased(throttled), [I8]],
    ['kept when the row records something else', 'throttle', leaseReleased(timedOut), []],
    ['kept when the row records no failure', 'throttle', leaseReleased(activeItem()), []],
    [
      'kept when the row records an earlier one, with the lease still held',
      'throttle',
      leaseTaken(throttled, SCHEDULED),
      [],
    ],
    [
      'kept when the row records an earlier one, and an expired lease is removed',
      'throttle',
      leaseReleased(throttled, throttled),
      [],
    ],
  ])('is %s, during disturbances', (_, kind, written, expected) => {
    happen(
      often(kind, () => {
        answer(kind);
        check.onRowWritten(written);
      }),
    );
    aDisturbedMinutePassed();

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual(expected);
  });

  it.each([
    ['kept when a restored backup removed the lease, so that the answer was not recorded', 74_000, []],
    ['broken when every lease from before the backup had expired', 76_000, [I8]],
  ])('is %s', (_, laterMs, expected) => {
    check.onRowWritten(restored(activeItem(), activeItem()));
    world.nowMs += laterMs;
    happen(often('definite-refusal', answered('definite-refusal')));
    world.nowMs += MINUTE_MS;

    check.onCallReceived(call(), CONNECTION);

    expect(violations).toEqual(expected);
  });
});
