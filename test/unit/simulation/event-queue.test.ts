import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../property/fuzz-runs.ts';
import { EventQueue } from '../../simulation/event-queue.ts';

const START_MS = 1_000;
const FOR_EVER_MS = Number.POSITIVE_INFINITY;

describe('an event', () => {
  it('scheduled in the past runs now, after all that is due now', () => {
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

  it('runs at the time and in the order of a stable sorted list, up to the limit of each step', () => {
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
          expect(queue.now()).toBe(list.now());
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

/** A simple model of the queue. */
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
