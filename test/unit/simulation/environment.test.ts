import { describe, expect, it } from 'vitest';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';

const START_MS = 1_000_000;

function startEnvironment({ skewMs = 0 } = {}) {
  const queue = new EventQueue(START_MS);
  const heard: string[] = [];
  const counts = { delivered: 0 };
  const onDelivered = () => {
    counts.delivered += 1;
  };
  const environment = new Environment('P3', { queue, skewMs, onDelivered });
  return {
    queue,
    environment,
    heard,
    counts,
    /** What reaches the process so many milliseconds from now is heard, with its time. */
    send: (what: string, ms: number) =>
      environment.deliverAfter(ms, () => heard.push(`${what} at ${queue.now() - START_MS}`)),
    /** Lets everything happen until so many milliseconds after the start. */
    runUntil: (ms: number) => {
      queue.at(START_MS + ms, () => {});
      while (queue.step(START_MS + ms));
    },
  };
}

describe('a process', () => {
  it('gets what reaches it when it comes, and is let run to its end', () => {
    const { send, runUntil, heard, counts } = startEnvironment();
    send('second', 20);
    send('first', 10);

    runUntil(15);
    const heardInTime = [...heard];
    runUntil(20);

    expect(heardInTime).toEqual(['first at 10']);
    expect(heard).toEqual(['first at 10', 'second at 20']);
    expect(counts.delivered).toBe(2);
  });

  it('does not get what does not matter any more', () => {
    const { environment, queue, runUntil, counts } = startEnvironment();
    let hasRun = false;
    const run = () => {
      hasRun = true;
    };
    environment.deliverAfter(10, run, () => queue.now() === START_MS + 10);

    runUntil(20);

    expect(hasRun).toBe(false);
    expect(counts.delivered).toBe(0);
  });

  it('has a clock that is off by a constant', () => {
    const { environment, runUntil } = startEnvironment({ skewMs: -4_000 });
    const atFirst = environment.now();

    runUntil(60_000);

    expect(atFirst).toBe(START_MS - 4_000);
    expect(environment.now()).toBe(START_MS + 56_000);
  });

  it('names its calls one after the other', () => {
    const { environment } = startEnvironment();

    const names = [environment.nameCall('GetItem'), environment.nameCall('token')];

    expect(names).toEqual(['P3 call 1 GetItem', 'P3 call 2 token']);
  });

  it('works on what it was given last', () => {
    const { environment } = startEnvironment();
    const atFirst = environment.task;

    environment.beginInvocation({ kind: 'forced', rejectedGeneration: 4 });

    expect(atFirst).toEqual({ kind: 'scheduled' });
    expect(environment.task).toEqual({ kind: 'forced', rejectedGeneration: 4 });
  });
});

describe('a process that is paused', () => {
  it('gets everything when it goes on, in the order in which it came', () => {
    const { environment, send, runUntil, heard, counts } = startEnvironment();
    environment.pause(100);
    send('c', 90);
    send('a', 10);
    send('b', 10);
    send('after the pause', 110);

    runUntil(99);
    const heardBefore = [...heard];
    runUntil(200);

    expect(heardBefore).toEqual([]);
    expect(heard).toEqual(['a at 100', 'b at 100', 'c at 100', 'after the pause at 110']);
    expect(counts.delivered).toBe(4);
  });

  it('waits for the end of the longest of its pauses', () => {
    const { environment, send, runUntil, heard } = startEnvironment();
    environment.pause(100);
    environment.pause(40);
    send('a', 10);
    send('b', 20);

    runUntil(50);
    environment.pause(150);
    const isPaused = environment.isPaused;
    runUntil(300);

    expect(isPaused).toBe(true);
    expect(environment.isPaused).toBe(false);
    expect(heard).toEqual(['a at 200', 'b at 200']);
  });

  it('that stops again at what it gets first, gets the rest when it goes on again', () => {
    const { environment, send, runUntil, heard } = startEnvironment();
    environment.pause(100);
    environment.deliverAfter(5, () => environment.pause(30));
    send('a', 10);
    send('b', 20);

    runUntil(300);

    expect(heard).toEqual(['a at 130', 'b at 130']);
  });

  it('does not see its deadlines pass until it goes on', () => {
    const { environment, runUntil } = startEnvironment();
    const deadline = environment.abortAfter(50);
    environment.pause(100);

    runUntil(99);
    const isAbortedBefore = deadline.aborted;
    runUntil(100);

    expect(isAbortedBefore).toBe(false);
    expect(deadline.aborted).toBe(true);
  });

  it('and killed meanwhile gets nothing', () => {
    const { environment, send, runUntil, heard } = startEnvironment();
    environment.pause(100);
    send('a', 10);
    runUntil(50);

    environment.kill();
    runUntil(300);

    expect(heard).toEqual([]);
  });
});

describe('a process that is dead', () => {
  it('gets nothing any more, and no deadline of it passes', () => {
    const { environment, send, runUntil, heard, counts } = startEnvironment();
    const deadline = environment.abortAfter(50);
    send('before', 10);
    send('after', 30);

    runUntil(20);
    environment.kill();
    send('sent to the dead', 5);
    runUntil(100);

    expect(environment.isDead).toBe(true);
    expect(heard).toEqual(['before at 10']);
    expect(counts.delivered).toBe(1);
    expect(deadline.aborted).toBe(false);
  });

  it('is dead once: its connections are closed when it dies, and not again', () => {
    const { environment } = startEnvironment();
    let closed = 0;
    environment.onEnd(() => {
      closed += 1;
    });
    const closedAlive = closed;

    environment.kill();
    environment.kill();

    expect([closedAlive, closed]).toEqual([0, 1]);
  });
});

describe('a deadline', () => {
  it('passes at its moment, as a time-out', () => {
    const { environment, runUntil } = startEnvironment({ skewMs: 3_000 });
    const deadline = environment.abortAfter(50);

    runUntil(49);
    const isAbortedBefore = deadline.aborted;
    runUntil(50);

    expect(isAbortedBefore).toBe(false);
    expect(deadline.aborted).toBe(true);
    expect(deadline.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it.each([0, -1])('that was set %i ms ahead has passed', (ms) => {
    const { environment } = startEnvironment();

    const deadline = environment.abortAfter(ms);

    expect(deadline.aborted).toBe(true);
    expect(deadline.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('of an invocation that is over does not pass any more; one of the next does', () => {
    const { environment, runUntil } = startEnvironment();
    environment.beginInvocation({ kind: 'scheduled' });
    const old = environment.abortAfter(50);
    environment.beginInvocation({ kind: 'scheduled' });
    const current = environment.abortAfter(50);

    runUntil(100);

    expect(old.aborted).toBe(false);
    expect(current.aborted).toBe(true);
  });
});
