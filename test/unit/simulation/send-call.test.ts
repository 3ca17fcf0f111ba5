import { describe, expect, it } from 'vitest';
import type { CallPlan } from '../../simulation/call-plan.ts';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import { sendCall } from '../../simulation/send-call.ts';

const START_MS = 1_000_000;
const GOES_WELL: CallPlan = { effectMs: 10, answerMs: 25 };
const SLOW: CallPlan = { effectMs: 100, answerMs: 120 };

type Interruption = (environment: Environment, caller: AbortController) => void;

/** Sends one call and lets all of it happen. Times are in milliseconds since the call. */
async function send(plan: CallPlan, after50Ms: Interruption = () => {}, isSenderDead = false) {
  const queue = new EventQueue(START_MS);
  const environment = new Environment('P0', { queue, skewMs: 0, onDelivered: () => {} });
  const caller = new AbortController();
  if (isSenderDead) environment.kill();
  const effectsMs: number[] = [];
  const overMs: number[] = [];
  const ended: unknown[] = [];
  const sinceStart = () => queue.now() - START_MS;
  sendCall<unknown>(queue, environment, {
    plan,
    signal: caller.signal,
    perform: () => `delivery ${effectsMs.push(sinceStart())}`,
    errorNamed: (name) => new Error(`named ${name}`),
    onOver: () => overMs.push(sinceStart()),
  }).then(
    (answer) => ended.push('answered', answer, sinceStart()),
    (error) => ended.push('failed', error, sinceStart()),
  );
  queue.at(START_MS + 50, () => after50Ms(environment, caller));
  do await new Promise((resolve) => setImmediate(resolve));
  while (queue.step(Number.POSITIVE_INFINITY));
  return { effectsMs, overMs, ended, isDead: environment.isDead };
}

/** What ports rely on is a fact of `test/contracts/ports`. These are the cases in which only times differ, or processes die. */
describe('a call', () => {
  it.each<[string, CallPlan, number[], unknown[]]>([
    [
      'that fails can take effect long after',
      { effectMs: 200, answerMs: 25, error: 'TimeoutError' },
      [200],
      ['failed', new Error('named TimeoutError'), 25],
    ],
    [
      'that is delivered twice is answered for the first delivery',
      { ...GOES_WELL, effectAgainMs: 50 },
      [10, 50],
      ['answered', 'delivery 1', 25],
    ],
    [
      'of a process that pauses after it is answered when the process resumes',
      { ...GOES_WELL, pauseMs: 5_000 },
      [10],
      ['answered', 'delivery 1', 5_000],
    ],
  ])('%s', async (_, plan, effectsMs, ended) => {
    expect(await send(plan)).toEqual({ effectsMs, overMs: [ended[2]], ended, isDead: false });
  });

  it('with an answer but neither an effect nor an error is a mistake of the simulation', async () => {
    const plan = { effectMs: undefined, answerMs: 25 };

    await expect(send(plan)).rejects.toThrow('An answer was planned for a call without an effect.');
  });
});

describe('a caller that gives up', () => {
  it.each<[string, CallPlan, number[], number[], unknown[]]>([
    ['fails at once, and the call still takes effect', SLOW, [100], [50], ['failed', 'gave up', 50]],
    ['after the answer changes nothing', GOES_WELL, [10], [25], ['answered', 'delivery 1', 25]],
  ])('%s', async (_, plan, effectsMs, overMs, ended) => {
    const sent = await send(plan, (_environment, caller) => caller.abort('gave up'));

    expect(sent).toEqual({ effectsMs, overMs, ended, isDead: false });
  });
});

describe('a process that dies', () => {
  it.each<[string, Parameters<typeof send>, number[], number[]]>([
    ['before its call sends nothing', [{ ...GOES_WELL, crash: 'before' }], [], []],
    ['after the effect gets no answer', [{ ...GOES_WELL, crash: 'after-effect' }], [10], [10]],
    ['when the answer arrives does not get it', [{ ...GOES_WELL, crash: 'on-answer' }], [10], [25]],
    ['while it waits hangs up, and its call takes effect', [SLOW, (process) => process.kill()], [100], [50]],
    ['earlier sends nothing', [GOES_WELL, undefined, true], [], []],
  ])('%s', async (_, call, effectsMs, overMs) => {
    expect(await send(...call)).toEqual({ effectsMs, overMs, ended: [], isDead: true });
  });
});
