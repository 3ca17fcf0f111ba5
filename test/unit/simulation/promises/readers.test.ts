import { beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../../../simulation/expressions.ts';
import { Fence } from '../../../simulation/promises/fence.ts';
import { ValidToken } from '../../../simulation/promises/valid-token.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import {
  activeItem,
  CONNECTION,
  type FakeWorld,
  item,
  leaseTaken,
  newViolations,
  OTHER,
  restored,
  SCHEDULED,
  useFakeWorld,
  violations,
  world,
  write,
} from './fake-world.ts';

useFakeWorld();

describe('never back (I3)', () => {
  type Published = Parameters<FakeWorld['publish']>[0] & { readonly afterMs?: number };

  let check: Fence;
  beforeEach(() => {
    check = new Fence(world, (message) => violations.push(message));
  });

  /** Publishes tokens, or scheduled generations, one after the other, a minute apart by default. */
  function publish(...all: (number | Published)[]): void {
    for (const published of all) {
      const { afterMs = MINUTE_MS, ...token } =
        typeof published === 'number' ? { generation: published } : published;
      world.nowMs += afterMs;
      world.publish(token);
      check.onTokenSecretChanged(CONNECTION, token.by ?? 'scheduled');
    }
  }

  const edited = (text: string): Published => ({ generation: 0, by: 'human', text });
  const withGeneration = (generation: number) =>
    edited(`{"access_token":"by hand","generation":${generation}}`);
  const goesBack = (from: number, to: number) =>
    `readers of ${CONNECTION} see generation ${to} after ${from}`;

  const OLDER_EXPIRY = `the new token of ${CONNECTION} expires before the one that it replaces`;
  const TWICE = `${CONNECTION} has two tokens of generation 3`;
  const forced: Published = { generation: 2, by: 'forced' };
  const issuedEarlier: Published = { generation: 2, afterMs: -5 * MINUTE_MS };
  const short: Published = { generation: 2, lifeMs: 10 * MINUTE_MS };
  const garbage = edited('pasted by hand');
  it.each<[string, (number | Published)[], string[]]>([
    ['kept by generations that go up, even with gaps', [1, forced, 9], []],
    ['broken by a generation that goes back', [1, 3, 2], [goesBack(3, 2)]],
    ['broken by another token of the same generation', [3, 3], [TWICE, goesBack(3, 3)]],
    ['kept when the product replaces a lower generation of an operator', [5, withGeneration(2), 6], []],
    ['kept when the product replaces garbage of an operator', [5, garbage, 6], []],
    [
      'broken when the product replaces a higher generation of an operator',
      [5, withGeneration(1000), 6],
      [goesBack(1000, 6)],
    ],
    [
      'broken when the product forgets its own generation because an operator wrote a lower one',
      [5, withGeneration(2), 3],
      [goesBack(5, 3)],
    ],
    ['broken by a token that expires before the one that it replaces', [1, issuedEarlier], [OLDER_EXPIRY]],
    ['kept by a token to which Zoho gave a shorter life', [1, short], []],
    ...[
      '{"access_token":"half a',
      '{"generation":3}',
      '{"issued_at":"2026-01-05T09:00:00.000Z","expires_at":"2026-01-05T10:00:00.000Z"}',
    ].map((text): [string, (number | Published)[], string[]] => [
      `broken by a text of the product that is not a token: ${text}`,
      [{ generation: 3, text }],
      [`readers of ${CONNECTION} get a text that is not a token`],
    ]),
  ])('is %s', (_, tokens, expected) => {
    publish(...tokens);

    expect(violations).toEqual(expected);
  });

  it('is broken when the product makes an older version current again', () => {
    publish(1);
    const older = world.token;
    publish(2);

    world.token = older;
    check.onTokenSecretChanged(CONNECTION, 'scheduled');

    expect(violations).toContain(goesBack(2, 1));
  });

  it('is kept when the product makes its last version current again after a manual edit', () => {
    publish(5);
    const last = world.token;
    publish(withGeneration(9));

    world.token = last;
    check.onTokenSecretChanged(CONNECTION, 'scheduled');

    expect(violations).toEqual([]);
  });

  it('is kept when the current version is reported again', () => {
    publish(2);

    check.onTokenSecretChanged(CONNECTION, 'scheduled');
    check.onTokenSecretChanged(OTHER, 'scheduled');

    expect(violations).toEqual([]);
  });

  const ACTIVE = activeItem();
  const published = activeItem({ generation: 8, publishedGeneration: 8 });
  it.each([
    ['broken by a generation', ACTIVE, activeItem({ generation: 6 }), 'generation'],
    [
      'broken by a published generation',
      ACTIVE,
      activeItem({ publishedGeneration: 6 }),
      'publishedGeneration',
    ],
    ['kept unless it is one', undefined, published, undefined],
    ['kept unless it is one', ACTIVE, published, undefined],
    ['kept unless it is one', activeItem({ generation: 8, publishedGeneration: 7 }), published, undefined],
  ])('is %s in the row that goes back', (_, before, after, attribute) => {
    check.onRowWritten(write(before, after));

    expect(violations).toEqual(
      attribute === undefined ? [] : [`${attribute} in the row of ${CONNECTION} goes from 7 back to 6`],
    );
  });

  it('is not promised for a restored row, but still for the secret', () => {
    publish(5);
    check.onRowWritten(restored(activeItem(), activeItem({ generation: 2 })));
    publish(6);
    expect(newViolations()).toEqual([]);

    publish(4);
    expect(newViolations()).toEqual([goesBack(6, 4)]);
  });
});

describe('a valid token (I4), and recovery of a blocked connection (I6)', () => {
  let check: ValidToken;
  beforeEach(() => {
    check = new ValidToken(world, (promise, message) => violations.push(`${promise} ${message}`));
    world.rows.set(CONNECTION, activeItem());
  });
  const times = (count: number, atMs = NOW_MS) => Array.from({ length: count }, () => atMs);

  /** Checks every twenty seconds for so many minutes, as the simulation does. */
  function watchFor(minutes: number): void {
    const untilMs = world.nowMs + minutes * MINUTE_MS;
    for (; world.nowMs < untilMs; world.nowMs += 20_000) check.onCheck();
  }

  /** Expects that a promise is kept for so many minutes, and broken some minutes later. */
  function expectBroken(promise: 'I4' | 'I6', keptMinutes: number, laterMinutes: number): void {
    watchFor(keptMinutes);
    expect(newViolations()).toEqual([]);
    watchFor(laterMinutes);
    expect(newViolations()[0]).toContain(promise);
  }

  function publish(...writers: ('scheduled' | 'human')[]): void {
    for (const by of writers) {
      world.publish(by === 'human' ? { generation: 0, by, text: 'pasted by hand' } : { generation: 1 });
      check.onTokenSecretChanged(CONNECTION, by);
    }
  }

  const store = (row: Item) => world.rows.set(CONNECTION, row);
  const BLOCKED = activeItem({ status: 'blocked' });

  /** The last disturbance ends then. */
  function calmFrom(atMs: number): void {
    world.calmSince = atMs;
  }

  /** The last disturbance ends now. */
  function calmFromNow(): void {
    calmFrom(world.nowMs);
    world.change({ goodSinceMs: world.nowMs - HOUR_MS, changedAtMs: world.nowMs - HOUR_MS });
  }

  it('is not expected while a time that someone else wrote puts the renewal off', () => {
    world.postponedMs = NOW_MS + 40 * MINUTE_MS;

    expectBroken('I4', 43, 2);
  });

  it.each([
    ['may have been deleted by Zoho for the one that is about to be published', true, 4],
    ['has not been deleted for another one if Zoho did not know it', false, 0],
  ])('%s', (_, wasValid, keptMinutes) => {
    const call = { name: 'P0 call 1 token', sentAtMs: NOW_MS, task: SCHEDULED, dataCenter: 'eu' } as const;
    publish('scheduled');
    world.validTokens.clear();
    if (wasValid) world.validTokens.add('token-1');
    for (const name of ['first', 'second']) {
      check.onCallReceived({ ...call, name, refreshToken: '', clientSecret: '' }, CONNECTION);
      world.validTokens.clear();
    }

    expectBroken('I4', keptMinutes, 1);
  });

  it.each([
    [9_000, []],
    [60_000, [`I4 the token of ${CONNECTION} ends 1.0 minutes before its published expiry`]],
  ])('is judged by when a token ends: %i ms before its published expiry', (earlierMs, expected) => {
    world.ends.set('token-1', NOW_MS + HOUR_MS - earlierMs);

    publish('scheduled');

    expect(violations).toEqual(expected);
  });

  it('is kept while there is one', () => {
    world.publish({ generation: 1 });

    watchFor(55);

    expect(violations).toEqual([]);
  });

  it('is broken without one, some minutes after the last disturbance', () => {
    calmFromNow();
    watchFor(3);
    expect(newViolations()).toEqual([]);

    watchFor(2);
    expect(newViolations()[0]).toMatch(
      /^I4 crm-prod \(active\) has no valid token after \d\.\d calm minutes$/,
    );
  });

  it.each<[string, () => void]>([
    ['that Zoho does not accept', () => world.validTokens.clear()],
    ['that has expired', () => world.pass(HOUR_MS)],
  ])('is broken by one %s', (_, invalidate) => {
    world.publish({ generation: 1 });
    invalidate();

    expectBroken('I4', 0, 1);
  });

  it('is kept by one that has just expired by another clock', () => {
    world.publish({ generation: 1 });
    world.nowMs += HOUR_MS + 3_000;

    check.onCheck();

    expect(violations).toEqual([]);
  });

  const coolingDownFor = (minutes: number) =>
    item({ status: 'cooling-down', nextAttemptAt: NOW_MS + minutes * MINUTE_MS });
  it.each<[string, () => void]>([
    ['disturbances go on', () => calmFrom(NOW_MS + 24 * HOUR_MS)],
    ['the credentials are not valid', () => world.change({ goodSinceMs: undefined })],
    ['the connection is not declared', () => world.change({ isDeclared: false })],
    ['it is cooling down', () => store(coolingDownFor(24 * 60))],
    ['its budget of versions is used up', () => store(activeItem({ publishes: times(90) }))],
  ])('is not promised while %s', (_, arrange) => {
    arrange();

    watchFor(40);

    expect(violations).toEqual([]);
  });

  const outOfCalls = activeItem({ mints: times(10) });
  const wasOutOfVersions = activeItem({ publishes: times(90, NOW_MS - 24 * HOUR_MS) });
  const becomes = (before: Item, after: Item) => () => check.onRowWritten(write(before, after));
  it.each<[string, () => void, number, number]>([
    ['after its budget of calls was used up', () => store(outOfCalls), 12, 5],
    ['after a cool-down', () => store(coolingDownFor(10)), 12, 5],
    [
      'after the next refresh of a token that an operator overwrote',
      () => publish('scheduled', 'human'),
      60,
      10,
    ],
    [
      'after the next refresh by a restored row, which does not know that its token is invalid',
      () => check.onRowWritten(restored(activeItem(), activeItem())),
      60,
      10,
    ],
    [
      'some minutes after an attempt to replace a token that an operator overwrote',
      () => {
        publish('scheduled', 'human');
        check.onRowWritten(leaseTaken(activeItem(), SCHEDULED));
      },
      3,
      2,
    ],
    [
      'at once after a new token, whatever an operator wrote before',
      () => {
        publish('human', 'scheduled');
        world.validTokens.clear();
      },
      0,
      1,
    ],
    [
      'later where a lease is longer',
      () => {
        calmFromNow();
        world.longestLeaseMs = 5 * MINUTE_MS;
      },
      6,
      2,
    ],
    ['although the budget of versions was used up a day ago', () => store(wasOutOfVersions), 0, 1],
    ['at once when the row stays active', becomes(activeItem(), activeItem()), 0, 1],
    ['at once when the row becomes blocked', becomes(activeItem(), BLOCKED), 0, 1],
    ['some minutes after the connection becomes active again', becomes(BLOCKED, activeItem()), 3, 2],
  ])('is promised %s', (_, arrange, keptMinutes, laterMinutes) => {
    arrange();

    expectBroken('I4', keptMinutes, laterMinutes);
  });

  it('is not promised again by an invalid token of the product after a manual edit', () => {
    publish('human');
    world.publish({ generation: 1 });
    world.validTokens.clear();
    check.onTokenSecretChanged(CONNECTION, 'scheduled');

    watchFor(30);

    expect(violations).toEqual([]);
  });

  it.each([
    ['blocked', item({ status: 'blocked', mints: [NOW_MS - 2 * HOUR_MS] }), NOW_MS],
    [
      'blocked by an attempt with the previous credentials',
      item({ status: 'blocked', mints: [NOW_MS - HOUR_MS] }),
      NOW_MS - MINUTE_MS,
    ],
    ['blocked again by a later attempt', item({ status: 'blocked', mints: [NOW_MS + 1] }), NOW_MS],
    [
      'in service with other credentials that Zoho refuses',
      activeItem({ credentialsVersionId: 'others', lastFailure: { code: 'invalid_code', at: NOW_MS } }),
      NOW_MS - MINUTE_MS,
    ],
    ['pending', item({ status: 'pending', mints: [NOW_MS] }), NOW_MS - MINUTE_MS],
    ['not registered', undefined, NOW_MS],
  ])(
    'is broken well after five minutes with new credentials when the connection is %s',
    (_, row, changedAtMs) => {
      if (row === undefined) world.rows.delete(CONNECTION);
      else store(row);
      calmFromNow();
      world.change({ goodSinceMs: changedAtMs, changedAtMs });

      watchFor(5);
      expect(newViolations()).toEqual([]);
      watchFor(5);
      expect(newViolations()[0]).toContain(`I6 ${CONNECTION} (${row?.status?.S ?? 'absent'})`);
    },
  );

  it('is broken by a connection that stays blocked although its token is valid', () => {
    world.change({ goodSinceMs: NOW_MS, changedAtMs: NOW_MS });
    store(item({ status: 'blocked' }));
    world.publish({ generation: 1 });

    expectBroken('I6', 0, 10);
  });

  it('is promised within an hour when Zoho was wrong', () => {
    calmFromNow();
    store(item({ status: 'blocked', mints: [NOW_MS - 10 * MINUTE_MS] }));

    expectBroken('I6', 60, 15);
  });
});
