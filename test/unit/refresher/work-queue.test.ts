import { describe, expect, test } from 'vitest';
import { FLEET_REFRESHES_PER_SECOND } from '../../../lambdas/refresher/fleet-config.ts';
import { WorkQueue } from '../../../lambdas/refresher/work-queue.ts';

const always = () => false;

/** Runs all of the work and returns it in the order in which it started. */
async function run(queue: WorkQueue<string>, workers = 1, isOver = always): Promise<string[]> {
  const started: string[] = [];
  await queue.run(workers, isOver, async (work) => {
    started.push(work);
    await new Promise((resolve) => setImmediate(resolve));
  });
  return started;
}

describe('a queue of work', () => {
  test('gives urgent work first, and otherwise keeps the order', async () => {
    const queue = new WorkQueue<string>();
    for (const [work, isUrgent] of [
      ['a', false],
      ['B', true],
      ['c', false],
      ['D', true],
    ] as const)
      queue.add(work, isUrgent);
    queue.complete();

    expect(await run(queue)).toEqual(['B', 'D', 'a', 'c']);
  });

  test('waits for more until it is complete', async () => {
    const queue = new WorkQueue<string>();
    queue.add('a', true);
    const running = run(queue, 2);
    await new Promise((resolve) => setImmediate(resolve));
    queue.add('b', true);
    queue.complete();

    expect(await running).toEqual(['a', 'b']);
  });

  test('runs no more at once than it has workers', async () => {
    const queue = new WorkQueue<number>();
    for (const work of [1, 2, 3, 4, 5]) queue.add(work, true);
    queue.complete();
    let running = 0;
    let most = 0;

    await queue.run(2, always, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });

    expect(most).toBe(2);
  });

  test('starts nothing once the time is over', async () => {
    const queue = new WorkQueue<string>();
    queue.add('a', true);
    queue.complete();

    expect(await run(queue, 1, () => true)).toEqual([]);
  });

  test('holds no more than a tick can do: what does not fit is left', async () => {
    const queue = new WorkQueue<number>();
    for (let work = 0; work < 4_000; work += 1) {
      expect(queue.isFull).toBe(false);
      queue.add(work, true);
    }
    expect(queue.isFull).toBe(true);
    for (let work = 0; work < 4_500; work += 1) queue.add(work, false);
    queue.complete();
    let done = 0;

    await queue.run(100, always, () => {
      done += 1;
      return Promise.resolve();
    });

    expect(done).toBe(8_000);
  });

  test('holds more than the fastest tick can start', () => {
    const queue = new WorkQueue<number>();
    for (let work = 0; work < 60 * FLEET_REFRESHES_PER_SECOND.max; work += 1) queue.add(work, true);

    expect(queue.isFull).toBe(false);
  });

  test('ends with the error of a worker', async () => {
    const queue = new WorkQueue<string>();
    queue.add('a', true);
    queue.complete();

    await expect(queue.run(1, always, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });
});

describe('work that may not start', () => {
  test('is passed over, and kept', async () => {
    const queue = new WorkQueue<string>((work) => work !== 'us');
    for (const work of ['us', 'eu', 'us', 'in']) queue.add(work, true);
    queue.complete();

    expect(await run(queue)).toEqual(['eu', 'in']);
    expect(queue.passedOver).toEqual(['us', 'us']);
  });

  test('is asked about once for its group, however much waits', async () => {
    let asked = 0;
    const queue = new WorkQueue<{ readonly dataCenter: string }>(
      () => {
        asked += 1;
        return false;
      },
      ({ dataCenter }) => dataCenter,
    );
    const running = queue.run(25, always, () => Promise.resolve());
    for (let work = 0; work < 2_000; work += 1) {
      queue.add({ dataCenter: work % 2 === 0 ? 'us' : 'eu' }, false);
      await Promise.resolve();
    }
    queue.complete();
    await running;

    expect(queue.passedOver).toHaveLength(2_000);
    // Once when it comes, and once a worker for each group in every turn.
    expect(asked).toBeLessThan(2_000 * 10);
  });

  test('of one group does not hold up that of another', async () => {
    let mayStart = false;
    const queue = new WorkQueue<string>(
      (work) => work === 'probe' || (mayStart && work.startsWith('eu')),
      (work) => work.slice(0, 2),
    );
    for (const work of ['us-1', 'eu-1', 'us-2', 'eu-2', 'probe']) queue.add(work, true);
    queue.complete();
    const started: string[] = [];

    await queue.run(3, always, async (work) => {
      started.push(work);
      await new Promise((resolve) => setImmediate(resolve));
      mayStart = true;
    });

    expect(started).toEqual(['probe', 'eu-1', 'eu-2']);
    expect(queue.passedOver).toEqual(['us-1', 'us-2']);
  });

  test('is taken as soon as work that runs has shown that it may', async () => {
    let mayStart = false;
    const queue = new WorkQueue<string>((work) => mayStart || work === 'probe');
    for (const work of ['waits', 'probe']) queue.add(work, true);
    queue.complete();
    const started: string[] = [];

    await queue.run(3, always, async (work) => {
      started.push(work);
      await new Promise((resolve) => setImmediate(resolve));
      mayStart = true;
    });

    expect(started).toEqual(['probe', 'waits']);
    expect(queue.passedOver).toEqual([]);
  });
});
