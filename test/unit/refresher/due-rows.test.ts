import { describe, expect, test } from 'vitest';
import { abandonedPartitions, dueRows } from '../../../lambdas/refresher/due-rows.ts';
import { activeConnection, HOUR_MS, MINUTE_MS, NOW_MS } from '../../support/builders.ts';
import { FakeRefresher } from './fake-refresher.ts';

const DAY_MS = 24 * HOUR_MS;

const rowAt = (name: string, nextAttemptAtMs: number) =>
  activeConnection({ name, source: 'connected', nextAttemptAtMs });

/** A refresher whose clock is ahead. The answer of the first query shows it. */
function refresherAhead(aheadMs: number, ...rows: ReturnType<typeof rowAt>[]) {
  const world = new FakeRefresher(...rows);
  const { onDue } = world;
  world.onDue = (nowMs) => {
    const found = onDue(nowMs);
    if (aheadMs !== 0) answerOfAws(world, NOW_MS - aheadMs);
    return found;
  };
  return world;
}

function answerOfAws({ checkedClock }: FakeRefresher, atMs = NOW_MS): void {
  checkedClock.correct(new Date(atMs).toUTCString(), checkedClock.elapsed());
}

async function namesOf({ context }: FakeRefresher, looksAhead?: boolean): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of dueRows(context, looksAhead === undefined ? {} : { looksAhead }))
    names.push(name);
  return names;
}

describe('the rows of a tick', () => {
  test('are those that are due', async () => {
    const world = new FakeRefresher(rowAt('due', NOW_MS), rowAt('later', NOW_MS + 1));
    answerOfAws(world);

    expect(await namesOf(world)).toEqual(['due']);
    expect(world.calls).toEqual(['due']);
  });

  test('are not those that only a clock ahead of AWS takes for due', async () => {
    const world = refresherAhead(
      DAY_MS,
      rowAt('due', NOW_MS - DAY_MS),
      rowAt('later', NOW_MS - DAY_MS + MINUTE_MS),
    );

    expect(await namesOf(world)).toEqual(['due']);
  });

  test('are those that are due at the very time that AWS has corrected', async () => {
    const world = refresherAhead(DAY_MS);
    const { onDue, checkedClock } = world;
    world.onDue = (nowMs) => [...onDue(nowMs), rowAt('due', checkedClock.now())];

    expect(await namesOf(world)).toEqual(['due']);
  });

  test('are not asked for again if the clock was behind by a tick exactly', async () => {
    const world = new FakeRefresher();
    const { context } = world;
    let nowMs = NOW_MS;
    world.onDue = () => {
      nowMs += MINUTE_MS;
      return [];
    };
    const clock = { ...context.clock, now: () => nowMs };

    for await (const row of dueRows({ ...context, clock }, {})) throw new Error(`${row.name} is not due.`);

    expect(world.calls).toEqual(['due']);
  });

  test('are asked for again if the clock was behind by more than a tick', async () => {
    const world = refresherAhead(-2 * MINUTE_MS, rowAt('due', NOW_MS + MINUTE_MS));

    expect(await namesOf(world)).toEqual(['due']);
    expect(world.calls).toEqual(['due', 'due']);
  });

  test('are not asked for again if the clock was behind by less, or time has passed', async () => {
    const behind = refresherAhead(-50_000, rowAt('due', NOW_MS + 40_000));
    const slow = new FakeRefresher();
    slow.onDue = () => {
      slow.clock.advance(2 * MINUTE_MS);
      return [];
    };

    expect(await namesOf(behind)).toEqual([]);
    await namesOf(slow);
    expect([behind.calls, slow.calls]).toEqual([['due'], ['due']]);
  });

  test('are malformed ones as well, whatever the clock says', async () => {
    const world = refresherAhead(DAY_MS);
    const { onDue } = world;
    world.onDue = (nowMs) => [...onDue(nowMs), { malformed: true, name: 'broken', problem: '' }];

    expect(await namesOf(world)).toEqual(['broken']);
  });
});

describe('rows that wait for longer than any token lives', () => {
  const farAhead = rowAt('far ahead', NOW_MS + DAY_MS);

  test('are looked for if that is wanted, and are due if their times are impossible', async () => {
    const exhausted = {
      ...rowAt('waits', NOW_MS + 2 * HOUR_MS),
      publishesMs: Array<number>(90).fill(NOW_MS - 22 * HOUR_MS),
    };
    const world = new FakeRefresher(farAhead, exhausted);
    answerOfAws(world);

    expect(await namesOf(world, true)).toEqual(['far ahead']);
    expect(await namesOf(world, false)).toEqual([]);
    expect(world.calls).toEqual(['due', 'due after', 'due']);
  });

  test('are not looked for with a clock that AWS has not confirmed', async () => {
    const world = new FakeRefresher(farAhead);

    expect(await namesOf(world, true)).toEqual([]);
    expect(world.calls).toEqual(['due']);
  });

  test('are not well-formed ones only, but the others are no use', async () => {
    const world = new FakeRefresher();
    answerOfAws(world);
    world.onDueAfter = () => [{ malformed: true, name: 'broken', problem: '' }];

    expect(await namesOf(world, true)).toEqual([]);
  });

  test.each([
    [300_000, 53.75 * MINUTE_MS + 10_000],
    [1_725_000, 30 * MINUTE_MS + 10_000],
  ])('begin where no renewal is planned with a margin of %d ms', async (refreshMarginMs, fromMs) => {
    const world = new FakeRefresher();
    answerOfAws(world);
    world.settings = { ...world.settings, refreshMarginMs };
    const asked: number[] = [];
    world.onDueAfter = (timeMs) => {
      asked.push(timeMs - NOW_MS);
      return [];
    };

    await namesOf(world, true);

    expect(asked).toEqual([fromMs]);
  });
});

describe('the partitions that a fleet has left behind', () => {
  test('are read until they were empty three times in a row', async () => {
    const world = new FakeRefresher();
    answerOfAws(world);
    const abandoned = abandonedPartitions(false);
    const findsRows = async (...rows: ReturnType<typeof rowAt>[]) => {
      const { connections, ...context } = world.context;
      const dueAfter = async function* () {
        yield* rows;
      };
      const inPartitions = () => ({ ...connections, dueAfter });
      const found: string[] = [];
      const given = { ...context, connections: { ...connections, inPartitions } };
      for await (const { name } of dueRows(given, { abandoned })) found.push(name);
      return found;
    };

    expect(await findsRows()).toEqual([]);
    expect(await findsRows(rowAt('left', NOW_MS + 1))).toEqual(['left']);
    for (let look = 0; look < 3; look += 1) expect(await findsRows()).toEqual([]);

    expect(await findsRows(rowAt('of another fleet', NOW_MS + 1))).toEqual([]);
  });

  test('are not read in a fleet, whose shards take them', async () => {
    const world = new FakeRefresher(rowAt('of a shard', NOW_MS + 1));
    answerOfAws(world);
    const found: string[] = [];

    for await (const { name } of dueRows(world.context, { abandoned: abandonedPartitions(true) }))
      found.push(name);

    expect(found).toEqual([]);
  });
});
