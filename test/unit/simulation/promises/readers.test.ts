import { beforeEach, describe, expect, it } from 'vitest';
import { Fence } from '../../../simulation/promises/fence.ts';
import { ValidToken } from '../../../simulation/promises/valid-token.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { activeItem, CONNECTION, FakeWorld, item, OTHER, write } from './fake-world.ts';

let world: FakeWorld;
let violations: string[];
beforeEach(() => {
  world = new FakeWorld();
  violations = [];
});

describe('never back (I3)', () => {
  type Published = Parameters<FakeWorld['publish']>[0] & { readonly afterMs?: number };

  function watch() {
    const check = new Fence(world, (message) => violations.push(message));
    return {
      check,
      /** Each is published some time after the one before, a minute by default. */
      publish: (...all: Published[]) => {
        for (const { afterMs = MINUTE_MS, ...token } of all) {
          world.nowMs += afterMs;
          world.publish(token);
          check.onTokenSecretChanged(CONNECTION, token.by ?? 'scheduled');
        }
      },
    };
  }

  it('is kept by generations that go up, however many were skipped', () => {
    watch().publish({ generation: 1 }, { generation: 2, by: 'forced' }, { generation: 9 });

    expect(violations).toEqual([]);
  });

  it('is broken by a generation that goes back', () => {
    watch().publish({ generation: 1 }, { generation: 3 }, { generation: 2 });

    expect(violations).toEqual([`readers of ${CONNECTION} see generation 2 after 3`]);
  });

  it('is broken by another token of the same generation', () => {
    watch().publish({ generation: 3 }, { generation: 3 });

    expect(violations).toContain(`${CONNECTION} has two tokens of generation 3`);
    expect(violations).toContain(`readers of ${CONNECTION} see generation 3 after 3`);
  });

  it('is broken by an older version that becomes current again by the product', () => {
    const { check, publish } = watch();
    publish({ generation: 1 });
    const older = world.token;
    publish({ generation: 2 });

    world.token = older;
    check.onTokenSecretChanged(CONNECTION, 'scheduled');

    expect(violations).toContain(`readers of ${CONNECTION} see generation 1 after 2`);
  });

  it('is kept when the current version is told of once more', () => {
    const { check, publish } = watch();
    publish({ generation: 2 });

    check.onTokenSecretChanged(CONNECTION, 'scheduled');
    check.onTokenSecretChanged(OTHER, 'scheduled');

    expect(violations).toEqual([]);
  });

  it.each([
    ['a lower number', '{"access_token":"by hand","generation":2}'],
    ['garbage', 'pasted by hand'],
  ])('is kept when the product gets past %s that a hand has written', (_, text) => {
    watch().publish({ generation: 5 }, { generation: 0, by: 'human', text }, { generation: 6 });

    expect(violations).toEqual([]);
  });

  it('is broken when the product replaces a higher generation that a hand has written', () => {
    const text = '{"access_token":"by hand","generation":1000}';

    watch().publish({ generation: 5 }, { generation: 0, by: 'human', text }, { generation: 6 });

    expect(violations).toEqual([`readers of ${CONNECTION} see generation 6 after 1000`]);
  });

  it('is broken when the product forgets its own generation because a hand has written a lower one', () => {
    const text = '{"access_token":"by hand","generation":2}';

    watch().publish({ generation: 5 }, { generation: 0, by: 'human', text }, { generation: 3 });

    expect(violations).toEqual([`readers of ${CONNECTION} see generation 3 after 5`]);
  });

  it('is kept when the product puts its last version back over what a hand has written', () => {
    const { check, publish } = watch();
    publish({ generation: 5 });
    const last = world.token;
    publish({ generation: 0, by: 'human', text: '{"access_token":"by hand","generation":9}' });

    world.token = last;
    check.onTokenSecretChanged(CONNECTION, 'scheduled');

    expect(violations).toEqual([]);
  });

  it.each([
    '{"access_token":"half a',
    '{"generation":3}',
    '{"issued_at":"2026-01-05T09:00:00.000Z","expires_at":"2026-01-05T10:00:00.000Z"}',
  ])('is broken by a text of the product that is no token: %s', (text) => {
    watch().publish({ generation: 3, text });

    expect(violations).toEqual([`readers of ${CONNECTION} get a text that is not a token`]);
  });

  it('is broken by a token that ends before the one that it replaces', () => {
    watch().publish({ generation: 1 }, { generation: 2, afterMs: -5 * MINUTE_MS });

    expect(violations).toEqual([`the new token of ${CONNECTION} expires before the one that it replaces`]);
  });

  it('is kept by a token that ends earlier because Zoho gave it a shorter life', () => {
    watch().publish({ generation: 1 }, { generation: 2, lifeMs: 10 * MINUTE_MS });

    expect(violations).toEqual([]);
  });

  it.each(['generation', 'publishedGeneration'])(
    'is broken by a %s in the row that goes back',
    (attribute) => {
      const { check } = watch();

      check.onRowWritten(write(activeItem(), activeItem({ [attribute]: 6 })));

      expect(violations).toEqual([`${attribute} in the row of ${CONNECTION} goes from 7 back to 6`]);
    },
  );

  it.each([undefined, 7, 8])('is kept by generations in the row that go on from %s', (was) => {
    const before = was === undefined ? undefined : activeItem({ generation: was, publishedGeneration: 7 });

    watch().check.onRowWritten(write(before, activeItem({ generation: 8, publishedGeneration: 8 })));

    expect(violations).toEqual([]);
  });

  it('is not promised over the row of somebody who restores an old state of it, but over the secret', () => {
    const { check, publish } = watch();
    publish({ generation: 5 });
    check.onRowWritten({ ...write(activeItem(), activeItem({ generation: 2 })), task: undefined });
    publish({ generation: 6 });
    const before = [...violations];

    publish({ generation: 4 });

    expect(before).toEqual([]);
    expect(violations).toEqual([`readers of ${CONNECTION} see generation 4 after 6`]);
  });
});

describe('a valid token (I4), and what was blocked heals (I6)', () => {
  let check: ValidToken;
  beforeEach(() => {
    check = new ValidToken(world, (promise, message) => violations.push(`${promise} ${message}`));
    world.rows.set(CONNECTION, activeItem());
  });

  /** Looks every twenty seconds for so long, as the simulation does. */
  function watchFor(ms: number): void {
    const untilMs = world.nowMs + ms;
    for (; world.nowMs < untilMs; world.nowMs += 20_000) check.onCheck();
  }

  /** Trouble is over now, and everything begins. */
  function calmFromNow(): void {
    world.calmSince = world.nowMs;
    world.truth = { ...world.truth, goodSinceMs: world.nowMs - HOUR_MS, changedAtMs: world.nowMs - HOUR_MS };
  }

  it('is kept while there is one', () => {
    world.publish({ generation: 1 });

    watchFor(55 * MINUTE_MS);

    expect(violations).toEqual([]);
  });

  it('is broken by none at all, some minutes after the last trouble', () => {
    calmFromNow();
    watchFor(3 * MINUTE_MS);
    const within = [...violations];

    watchFor(2 * MINUTE_MS);

    expect(within).toEqual([]);
    expect(violations[0]).toMatch(/^I4 crm-prod \(active\) has no valid token after \d\.\d calm minutes$/);
  });

  it.each([
    ['Zoho does not accept', () => world.validTokens.clear()],
    [
      'has run out',
      () => {
        world.nowMs += HOUR_MS;
      },
    ],
  ])('is broken by one that %s', (_, spoil) => {
    world.publish({ generation: 1 });
    spoil();

    watchFor(MINUTE_MS);

    expect(violations[0]).toContain('I4');
  });

  it.each([
    [
      'trouble goes on',
      () => {
        world.calmSince = NOW_MS + 24 * HOUR_MS;
      },
    ],
    [
      'the credentials are no good',
      () => {
        world.truth = { ...world.truth, goodSinceMs: undefined };
      },
    ],
    [
      'the connection is not declared',
      () => {
        world.truth = { ...world.truth, isDeclared: false };
      },
    ],
    [
      'it is cooling down',
      () => {
        world.rows.set(CONNECTION, item({ status: 'cooling-down', nextAttemptAt: NOW_MS + 24 * HOUR_MS }));
      },
    ],
    [
      'its budget of versions is used up',
      () => {
        const publishes = Array.from({ length: 90 }, () => NOW_MS);
        world.rows.set(CONNECTION, activeItem({ publishes }));
      },
    ],
  ])('is not promised while %s', (_, begin) => {
    begin();

    watchFor(40 * MINUTE_MS);

    expect(violations).toEqual([]);
  });

  it('is not promised while its budget of calls is used up, and is some minutes later', () => {
    const mints = Array.from({ length: 10 }, () => NOW_MS);
    world.rows.set(CONNECTION, activeItem({ mints }));

    watchFor(12 * MINUTE_MS);
    const within = [...violations];
    watchFor(5 * MINUTE_MS);

    expect(within).toEqual([]);
    expect(violations[0]).toContain('I4');
  });

  it('is broken when a cool-down is over and nothing has come of it', () => {
    world.rows.set(CONNECTION, item({ status: 'cooling-down', nextAttemptAt: NOW_MS + 10 * MINUTE_MS }));

    watchFor(12 * MINUTE_MS);
    const within = [...violations];
    watchFor(5 * MINUTE_MS);

    expect(within).toEqual([]);
    expect(violations[0]).toContain('I4');
  });

  it('is not promised for what a hand has spoiled, until the next refresh must have come', () => {
    world.publish({ generation: 1 });
    check.onTokenSecretChanged(CONNECTION, 'scheduled');
    world.publish({ generation: 0, by: 'human', text: 'pasted by hand' });
    check.onTokenSecretChanged(CONNECTION, 'human');

    watchFor(60 * MINUTE_MS);
    const within = [...violations];
    watchFor(10 * MINUTE_MS);

    expect(within).toEqual([]);
    expect(violations[0]).toContain('I4');
  });

  it('is promised again from the next good token on, whatever a hand has spoiled before', () => {
    world.publish({ generation: 0, by: 'human', text: 'pasted by hand' });
    check.onTokenSecretChanged(CONNECTION, 'human');
    world.publish({ generation: 1 });
    check.onTokenSecretChanged(CONNECTION, 'scheduled');
    world.validTokens.clear();

    watchFor(MINUTE_MS);

    expect(violations[0]).toContain('I4');
  });

  it('is kept by one that has run out just now, by another clock', () => {
    world.publish({ generation: 1 });
    world.nowMs += HOUR_MS + 3_000;

    check.onCheck();

    expect(violations).toEqual([]);
  });

  it('is promised some seconds later where a lease lasts that long', () => {
    calmFromNow();
    world.longestLeaseMs = 5 * MINUTE_MS;

    watchFor(6 * MINUTE_MS);
    const within = [...violations];
    watchFor(2 * MINUTE_MS);

    expect(within).toEqual([]);
    expect(violations[0]).toContain('I4');
  });

  it('is promised though the budget of versions was used up a day ago', () => {
    const publishes = Array.from({ length: 90 }, () => NOW_MS - 24 * HOUR_MS);
    world.rows.set(CONNECTION, activeItem({ publishes }));

    watchFor(MINUTE_MS);

    expect(violations[0]).toContain('I4');
  });

  it.each([
    ['that stays active', write(activeItem(), activeItem())],
    ['that is blocked from now on', write(activeItem(), activeItem({ status: 'blocked' }))],
  ])('is promised at once over a row %s', (_, written) => {
    check.onRowWritten(written);

    watchFor(MINUTE_MS);

    expect(violations[0]).toContain('I4');
  });

  it('is not promised anew by a token of the product that is no good, over what a hand has spoiled', () => {
    world.publish({ generation: 0, by: 'human', text: 'pasted by hand' });
    check.onTokenSecretChanged(CONNECTION, 'human');
    world.publish({ generation: 1 });
    world.validTokens.clear();
    check.onTokenSecretChanged(CONNECTION, 'scheduled');

    watchFor(30 * MINUTE_MS);

    expect(violations).toEqual([]);
  });

  it('is promised some minutes from when a connection is let in again', () => {
    check.onRowWritten(write(activeItem({ status: 'blocked' }), activeItem()));

    watchFor(3 * MINUTE_MS);
    const within = [...violations];
    watchFor(2 * MINUTE_MS);

    expect(within).toEqual([]);
    expect(violations[0]).toContain('I4');
  });

  describe.each([
    ['blocked', item({ status: 'blocked', mints: [NOW_MS - 2 * HOUR_MS] }), NOW_MS],
    [
      'blocked, by an attempt with the credentials before',
      item({ status: 'blocked', mints: [NOW_MS - HOUR_MS] }),
      NOW_MS - MINUTE_MS,
    ],
    [
      'blocked again by what it was asked meanwhile',
      item({ status: 'blocked', mints: [NOW_MS + 1] }),
      NOW_MS,
    ],
    ['pending', item({ status: 'pending', mints: [NOW_MS] }), NOW_MS - MINUTE_MS],
    ['not registered', undefined, NOW_MS],
  ])('of a connection that is %s', (_, row, changedAtMs) => {
    beforeEach(() => {
      if (row === undefined) world.rows.delete(CONNECTION);
      else world.rows.set(CONNECTION, row);
      world.calmSince = NOW_MS;
      world.truth = { ...world.truth, goodSinceMs: changedAtMs, changedAtMs };
    });

    it('is broken when it has not come of new credentials, well after five minutes', () => {
      watchFor(5 * MINUTE_MS);
      const within = [...violations];
      watchFor(5 * MINUTE_MS);

      expect(within).toEqual([]);
      expect(violations[0]).toContain(`I6 ${CONNECTION} (${row?.status?.S ?? 'absent'})`);
    });
  });

  it('is broken by a connection that stays blocked although its token is valid', () => {
    world.truth = { ...world.truth, goodSinceMs: NOW_MS, changedAtMs: NOW_MS };
    world.rows.set(CONNECTION, item({ status: 'blocked' }));
    world.publish({ generation: 1 });

    watchFor(10 * MINUTE_MS);

    expect(violations[0]).toContain('I6');
  });

  it('is promised within the hour when it was Zoho that was wrong', () => {
    calmFromNow();
    world.rows.set(CONNECTION, item({ status: 'blocked', mints: [NOW_MS - 10 * MINUTE_MS] }));

    watchFor(60 * MINUTE_MS);
    const within = [...violations];
    watchFor(15 * MINUTE_MS);

    expect(within).toEqual([]);
    expect(violations[0]).toContain('I6');
  });
});
