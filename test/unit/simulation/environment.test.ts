import { beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';

const START_MS = 1_000_000;
const SKEW_MS = -4_000;

let queue: EventQueue;
let environment: Environment;
let received: string[];
let deliveries: number;
beforeEach(() => {
  queue = new EventQueue(START_MS);
  received = [];
  deliveries = 0;
  const onDelivered = () => {
    deliveries += 1;
  };
  environment = new Environment('P3', { queue, skewMs: SKEW_MS, onDelivered });
});

/** Delivers something `ms` from now; it is received with its time since the start. */
function deliver(what: string, ms: number): void {
  environment.deliverAfter(ms, () => received.push(`${what} at ${queue.now() - START_MS}`));
}

/** Runs everything until `ms` after the start. */
function runUntil(ms: number): void {
  queue.at(START_MS + ms, () => {});
  while (queue.step(START_MS + ms));
}

/** Whether the signal aborts at `ms` after the start, and not before. */
function abortsAt(signal: AbortSignal, ms: number): boolean {
  runUntil(ms - 1);
  const isTooEarly = signal.aborted;
  runUntil(ms);
  return signal.aborted && !isTooEarly;
}

describe('a process', () => {
  it('receives each delivery at its time, and can run on after it', () => {
    deliver('second', 20);
    deliver('first', 10);

    runUntil(15);
    expect(received).toEqual(['first at 10']);
    runUntil(20);
    expect(received).toEqual(['first at 10', 'second at 20']);
    expect(deliveries).toBe(2);
  });

  it('does not receive a delivery that has become void', () => {
    const isVoid = () => queue.now() === START_MS + 10;
    environment.deliverAfter(10, () => received.push('void'), isVoid);

    runUntil(20);

    expect([received, deliveries]).toEqual([[], 0]);
  });

  it('has a clock that is off by a constant', () => {
    const atStart = environment.now();

    runUntil(60_000);

    expect([atStart, environment.now()]).toEqual([START_MS + SKEW_MS, START_MS + 60_000 + SKEW_MS]);
  });

  it('numbers its calls', () => {
    expect([environment.nameCall('GetItem'), environment.nameCall('token')]).toEqual([
      'P3 call 1 GetItem',
      'P3 call 2 token',
    ]);
  });

  it('has the task of its latest invocation', () => {
    const atStart = environment.task;

    environment.beginInvocation({ kind: 'forced', rejectedGeneration: 4 });

    expect(atStart).toEqual({ kind: 'scheduled' });
    expect(environment.task).toEqual({ kind: 'forced', rejectedGeneration: 4 });
  });
});

describe('a paused process', () => {
  it('receives everything when it resumes, in the order of arrival', () => {
    environment.pause(100);
    deliver('c', 90);
    deliver('a', 10);
    deliver('b', 10);
    deliver('after the pause', 110);

    runUntil(99);
    expect(received).toEqual([]);
    runUntil(200);
    expect(received).toEqual(['a at 100', 'b at 100', 'c at 100', 'after the pause at 110']);
    expect(deliveries).toBe(4);
  });

  it('resumes after the longest of its pauses', () => {
    environment.pause(100);
    environment.pause(40);
    deliver('a', 10);
    deliver('b', 20);

    runUntil(50);
    environment.pause(150);
    expect(environment.isPaused).toBe(true);
    runUntil(300);
    expect(environment.isPaused).toBe(false);
    expect(received).toEqual(['a at 200', 'b at 200']);
  });

  it('receives the rest after the next pause when the first delivery pauses it again', () => {
    environment.pause(100);
    environment.deliverAfter(5, () => environment.pause(30));
    deliver('a', 10);
    deliver('b', 20);

    runUntil(300);

    expect(received).toEqual(['a at 130', 'b at 130']);
  });

  it('sees its timeouts only when it resumes', () => {
    const signal = environment.abortAfter(50);
    environment.pause(100);

    expect(abortsAt(signal, 100)).toBe(true);
  });
});

describe('a dead process', () => {
  it.each([0, 100])(
    'receives nothing any more, and its timeouts do not fire, after a pause of %i ms',
    (ms) => {
      environment.pause(ms);
      const signal = environment.abortAfter(50);
      deliver('before', 10);
      deliver('after', 30);

      runUntil(20);
      environment.kill();
      deliver('sent to the dead', 5);
      runUntil(100);

      expect(environment.isDead).toBe(true);
      expect(received).toEqual(ms === 0 ? ['before at 10'] : []);
      expect(deliveries).toBe(received.length);
      expect(signal.aborted).toBe(false);
    },
  );

  it('has its connections closed once', () => {
    let closed = 0;
    environment.onEnd(() => {
      closed += 1;
    });
    expect(closed).toBe(0);

    environment.kill();
    environment.kill();

    expect(closed).toBe(1);
  });
});

describe('a timeout', () => {
  it.each([
    ['fires at its time, whatever the clock of the process shows', 50],
    ['of 0 ms has already fired', 0],
    ['of -1 ms has already fired', -1],
  ])('%s', (_, ms) => {
    const signal = environment.abortAfter(ms);

    expect(ms > 0 ? abortsAt(signal, ms) : signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('of a finished invocation does not fire, but one of the next does', () => {
    environment.beginInvocation({ kind: 'scheduled' });
    const old = environment.abortAfter(50);
    environment.beginInvocation({ kind: 'scheduled' });
    const current = environment.abortAfter(50);

    runUntil(100);

    expect([old.aborted, current.aborted]).toEqual([false, true]);
  });
});
