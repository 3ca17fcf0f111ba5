import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../property/fuzz-runs.ts';
import { EventQueue } from '../../simulation/event-queue.ts';

const START_MS = 1_000;
const FOR_EVER_MS = Number.POSITIVE_INFINITY;

describe('what happens in the simulation', () => {
  it('happens in the order of its moments, whatever the order in which it was scheduled', () => {
    const queue = new EventQueue(START_MS);
    const happened: string[] = [];
    queue.after(30, () => happened.push('last'));
    queue.at(START_MS + 10, () => happened.push('first'));
    queue.after(20, () => happened.push('second'));

    runToTheEnd(queue);

    expect(happened).toEqual(['first', 'second', 'last']);
  });

  it('at one moment happens in the order in which it was scheduled', () => {
    const queue = new EventQueue(START_MS);
    const happened: number[] = [];
    for (let index = 0; index < 50; index += 1) queue.after(10, () => happened.push(index));

    runToTheEnd(queue);

    expect(happened).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it('never happens in the past: what is scheduled too late happens now, after all that is due now', () => {
    const queue = new EventQueue(START_MS);
    const happened: [string, number][] = [];
    const note = (what: string) => () => happened.push([what, queue.now()]);
    queue.after(10, () => {
      queue.at(START_MS, note('too late'));
      queue.after(-5, note('before now'));
    });
    queue.after(10, note('due now'));

    runToTheEnd(queue);

    expect(happened).toEqual([
      ['due now', START_MS + 10],
      ['too late', START_MS + 10],
      ['before now', START_MS + 10],
    ]);
  });

  it('after the end of a step does not happen in it, and time stands still', () => {
    const queue = new EventQueue(START_MS);
    let hasHappened = false;
    queue.after(10, () => {
      hasHappened = true;
    });

    const isTooEarly = queue.step(START_MS + 9);
    const nowBefore = queue.now();
    const isInTime = queue.step(START_MS + 10);

    expect([isTooEarly, nowBefore]).toEqual([false, START_MS]);
    expect([isInTime, hasHappened, queue.now()]).toEqual([true, true, START_MS + 10]);
    expect(queue.step(FOR_EVER_MS)).toBe(false);
  });

  it('is what a sorted list would give, whatever is scheduled when', () => {
    const acts = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ at: fc.integer({ min: -5, max: 60 }) }) },
        { weight: 2, arbitrary: fc.record({ stepUntil: fc.integer({ min: 0, max: 60 }) }) },
      ),
      { maxLength: 120 },
    );

    fc.assert(
      fc.property(acts, (all) => {
        const [queue, list] = [new EventQueue(0), new SortedList(0)];
        const [inQueue, inList]: [string[], string[]] = [[], []];

        for (const [index, act] of all.entries()) {
          if ('at' in act) {
            queue.at(act.at, () => inQueue.push(`${index} at ${queue.now()}`));
            list.at(act.at, () => inList.push(`${index} at ${list.now()}`));
          } else expect(queue.step(act.stepUntil)).toBe(list.step(act.stepUntil));
        }
        runToTheEnd(queue);
        runToTheEnd(list);

        expect(inQueue).toEqual(inList);
        expect(queue.now()).toBe(list.now());
      }),
      runs(200),
    );
  });
});

/** What the queue has to be, as simply as it can be said. */
class SortedList {
  #nowMs: number;
  #scheduled: { readonly atMs: number; readonly run: () => void }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  at(atMs: number, run: () => void): void {
    this.#scheduled.push({ atMs: Math.max(atMs, this.#nowMs), run });
    this.#scheduled = this.#scheduled.toSorted((one, other) => one.atMs - other.atMs);
  }

  step(untilMs: number): boolean {
    const [next, ...rest] = this.#scheduled;
    if (next === undefined || next.atMs > untilMs) return false;
    this.#scheduled = rest;
    this.#nowMs = next.atMs;
    next.run();
    return true;
  }
}

function runToTheEnd(queue: Pick<EventQueue, 'step'>): void {
  while (queue.step(FOR_EVER_MS));
}
