import { describe, expect, it } from 'vitest';
import type { CallPlan } from '../../simulation/call-plan.ts';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import { sendCall } from '../../simulation/send-call.ts';

const START_MS = 1_000_000;

/** Sends one call as the plan says; each effect is answered with its number. */
function send(
  plan: CallPlan,
  {
    perform,
    signal,
    isSenderDead = false,
  }: { perform?: () => unknown; signal?: AbortSignal; isSenderDead?: boolean } = {},
) {
  const queue = new EventQueue(START_MS);
  const environment = new Environment('P0', { queue, skewMs: 0, onDelivered: () => {} });
  if (isSenderDead) environment.kill();
  const effectsMs: number[] = [];
  const overMs: number[] = [];
  const ended: { with?: unknown; atMs?: number } = {};
  const end = (how: string) => (value: unknown) => {
    ended.with = { [how]: value };
    ended.atMs = queue.now() - START_MS;
  };
  sendCall<unknown>(queue, environment, {
    plan,
    signal,
    perform: () => {
      effectsMs.push(queue.now() - START_MS);
      return perform?.() ?? `effect ${effectsMs.length}`;
    },
    errorNamed: (name) => new Error(`named ${name}`),
    onOver: () => overMs.push(queue.now() - START_MS),
  }).then(end('answered'), end('failed'));
  return {
    queue,
    environment,
    /** When the call took effect, in milliseconds since it was sent. */
    effectsMs,
    /** When the caller stopped waiting. */
    overMs,
    ended,
    runUntil: async (ms: number) => {
      queue.at(START_MS + ms, () => {});
      do await new Promise((resolve) => setImmediate(resolve));
      while (queue.step(START_MS + ms));
    },
  };
}

describe('a call', () => {
  it('that goes well takes effect on its way and is answered then', async () => {
    const { runUntil, effectsMs, overMs, ended } = send({ effectMs: 10, answerMs: 25 });

    await runUntil(24);
    const endedBefore = ended.with;
    await runUntil(100);

    expect(endedBefore).toBeUndefined();
    expect(effectsMs).toEqual([10]);
    expect(ended).toEqual({ with: { answered: 'effect 1' }, atMs: 25 });
    expect(overMs).toEqual([25]);
  });

  it('that is refused by the service fails with what it was refused with', async () => {
    const refusal = new Error('refused');
    const perform = () => {
      throw refusal;
    };
    const { runUntil, ended } = send({ effectMs: 10, answerMs: 25 }, { perform });

    await runUntil(100);

    expect(ended).toEqual({ with: { failed: refusal }, atMs: 25 });
  });

  it('that never arrives fails without an effect', async () => {
    const { runUntil, effectsMs, ended } = send({
      effectMs: undefined,
      answerMs: 25,
      error: 'ThrottlingException',
    });

    await runUntil(100);

    expect(effectsMs).toEqual([]);
    expect(ended).toEqual({ with: { failed: new Error('named ThrottlingException') }, atMs: 25 });
  });

  it.each([
    ['before it is answered', 10],
    ['long after it was given up', 200],
  ])('that fails may take effect %s', async (_, effectMs) => {
    const { runUntil, effectsMs, ended } = send({ effectMs, answerMs: 25, error: 'TimeoutError' });

    await runUntil(300);

    expect(effectsMs).toEqual([effectMs]);
    expect(ended).toEqual({ with: { failed: new Error('named TimeoutError') }, atMs: 25 });
  });

  it('that is not answered takes effect and never ends by itself', async () => {
    const { runUntil, effectsMs, overMs, ended } = send({ effectMs: 10, answerMs: undefined });

    await runUntil(1_000_000);

    expect(effectsMs).toEqual([10]);
    expect(ended).toEqual({});
    expect(overMs).toEqual([]);
  });

  it('that is delivered again later takes effect twice and is answered by the first', async () => {
    const { runUntil, effectsMs, ended } = send({ effectMs: 10, effectAgainMs: 50, answerMs: 25 });

    await runUntil(100);

    expect(effectsMs).toEqual([10, 50]);
    expect(ended).toEqual({ with: { answered: 'effect 1' }, atMs: 25 });
  });

  it('whose first answer is lost takes effect twice and is answered by the second', async () => {
    const plan = { effectMs: 10, effectAgainMs: 50, answerMs: 60, answersSecond: true };
    const { runUntil, effectsMs, ended } = send(plan);

    await runUntil(100);

    expect(effectsMs).toEqual([10, 50]);
    expect(ended).toEqual({ with: { answered: 'effect 2' }, atMs: 60 });
  });

  it('whose second delivery is refused fails, although the first took effect', async () => {
    let deliveries = 0;
    const perform = () => {
      deliveries += 1;
      if (deliveries === 2) throw new Error('refused the second time');
      return 'done';
    };
    const plan = { effectMs: 10, effectAgainMs: 50, answerMs: 60, answersSecond: true };
    const { runUntil, ended } = send(plan, { perform });

    await runUntil(100);

    expect(ended).toEqual({ with: { failed: new Error('refused the second time') }, atMs: 60 });
  });

  it('that is planned to be answered without an effect or an error is a mistake of the simulation', async () => {
    const { runUntil } = send({ effectMs: undefined, answerMs: 25 });

    await expect(runUntil(100)).rejects.toThrow('An answer was planned for a call without an effect.');
  });
});

describe('a caller that gives up', () => {
  it('fails with the reason of its signal at once, and the call takes effect all the same', async () => {
    const controller = new AbortController();
    const plan = { effectMs: 100, answerMs: 120 };
    const { runUntil, effectsMs, overMs, ended } = send(plan, { signal: controller.signal });
    await runUntil(50);

    controller.abort('no patience');
    await runUntil(300);

    expect(ended).toEqual({ with: { failed: 'no patience' }, atMs: 50 });
    expect(overMs).toEqual([50]);
    expect(effectsMs).toEqual([100]);
  });

  it('after the answer has come changes nothing', async () => {
    const controller = new AbortController();
    const plan = { effectMs: 10, answerMs: 25 };
    const { runUntil, overMs, ended } = send(plan, { signal: controller.signal });
    await runUntil(50);

    controller.abort('too late');
    await runUntil(100);

    expect(ended).toEqual({ with: { answered: 'effect 1' }, atMs: 25 });
    expect(overMs).toEqual([25]);
  });

  it('before it has begun sends nothing', async () => {
    const signal = AbortSignal.abort('over');
    const { runUntil, effectsMs, ended } = send({ effectMs: 10, answerMs: 25 }, { signal });

    await runUntil(100);

    expect(ended.with).toEqual({ failed: 'over' });
    expect(effectsMs).toEqual([]);
  });
});

describe('a process that dies', () => {
  it('before its call sends nothing, and never hears of it', async () => {
    const plan = { effectMs: 10, answerMs: 25, crash: 'before' } as const;
    const { runUntil, environment, effectsMs, ended } = send(plan);

    await runUntil(100);

    expect(environment.isDead).toBe(true);
    expect(effectsMs).toEqual([]);
    expect(ended).toEqual({});
  });

  it('right after its call took effect never hears of it', async () => {
    const plan = { effectMs: 10, answerMs: 25, crash: 'after-effect' } as const;
    const { runUntil, environment, effectsMs, overMs, ended } = send(plan);

    await runUntil(9);
    const isDeadBefore = environment.isDead;
    await runUntil(100);

    expect([isDeadBefore, environment.isDead]).toEqual([false, true]);
    expect(effectsMs).toEqual([10]);
    expect(overMs).toEqual([10]);
    expect(ended).toEqual({});
  });

  it('when the answer comes never gets it', async () => {
    const plan = { effectMs: 10, answerMs: 25, crash: 'on-answer' } as const;
    const { runUntil, environment, effectsMs, overMs, ended } = send(plan);

    await runUntil(24);
    const isDeadBefore = environment.isDead;
    await runUntil(100);

    expect([isDeadBefore, environment.isDead]).toEqual([false, true]);
    expect(effectsMs).toEqual([10]);
    expect(overMs).toEqual([25]);
    expect(ended).toEqual({});
  });

  it('of something else hangs up at once, and what it has sent takes effect', async () => {
    const { runUntil, environment, effectsMs, overMs, ended } = send({ effectMs: 100, answerMs: 120 });
    await runUntil(50);

    environment.kill();
    await runUntil(300);

    expect(overMs).toEqual([50]);
    expect(effectsMs).toEqual([100]);
    expect(ended).toEqual({});
  });

  it('has no calls', async () => {
    const { runUntil, effectsMs, ended } = send({ effectMs: 10, answerMs: 25 }, { isSenderDead: true });

    await runUntil(100);

    expect(effectsMs).toEqual([]);
    expect(ended).toEqual({});
  });
});

describe('a process that stops right after it has sent', () => {
  it('gets its answer when it goes on; its call takes effect meanwhile', async () => {
    const { runUntil, effectsMs, ended } = send({ effectMs: 10, answerMs: 25, pauseMs: 5_000 });

    await runUntil(10_000);

    expect(effectsMs).toEqual([10]);
    expect(ended).toEqual({ with: { answered: 'effect 1' }, atMs: 5_000 });
  });
});
