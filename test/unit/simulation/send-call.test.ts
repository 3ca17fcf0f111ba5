import { describe, expect, it } from 'vitest';
import type { CallPlan } from '../../simulation/call-plan.ts';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import { sendCall } from '../../simulation/send-call.ts';

const START_MS = 1_000_000;
const GOES_WELL: CallPlan = { effectMs: 10, answerMs: 25 };
const SLOW: CallPlan = { effectMs: 100, answerMs: 120 };
const LATER: Partial<CallPlan> = { effectAgainMs: 50, answerMs: 60, answersSecond: true };
const REFUSAL = new Error('refused by the service');

interface Sent {
  /** What the service answers, by the number of the delivery. */
  readonly perform?: (delivery: number) => unknown;
  readonly signal?: AbortSignal;
  readonly isSenderDead?: boolean;
  /** Happens 50 ms after the call. */
  readonly meanwhile?: (environment: Environment, abort: (reason: string) => void) => void;
}

/** Sends one call and lets all of it happen. Times are in milliseconds since the call. */
async function send(
  plan: CallPlan,
  { perform = (delivery) => `delivery ${delivery}`, isSenderDead = false, meanwhile, ...given }: Sent = {},
) {
  const queue = new EventQueue(START_MS);
  const environment = new Environment('P0', { queue, skewMs: 0, onDelivered: () => {} });
  const controller = new AbortController();
  if (isSenderDead) environment.kill();
  const effectsMs: number[] = [];
  const overMs: number[] = [];
  const ended: unknown[] = [];
  const sinceStart = () => queue.now() - START_MS;
  sendCall<unknown>(queue, environment, {
    plan,
    signal: given.signal ?? controller.signal,
    perform: () => {
      effectsMs.push(sinceStart());
      return perform(effectsMs.length);
    },
    errorNamed: (name) => new Error(`named ${name}`),
    onOver: () => overMs.push(sinceStart()),
  }).then(
    (answer) => ended.push('answered', answer, sinceStart()),
    (error) => ended.push('failed', error, sinceStart()),
  );
  if (meanwhile !== undefined) {
    queue.at(START_MS + 50, () => meanwhile(environment, (reason) => controller.abort(reason)));
  }
  do await new Promise((resolve) => setImmediate(resolve));
  while (queue.step(Number.POSITIVE_INFINITY));
  return { effectsMs, overMs, ended, isDead: environment.isDead };
}

const failsOnSecond = (delivery: number) => {
  if (delivery === 2) throw REFUSAL;
  return 'done';
};
const refuses = () => {
  throw REFUSAL;
};

describe('a call', () => {
  it.each<[string, CallPlan, Sent, number[], unknown[]]>([
    ['takes effect and is answered', GOES_WELL, {}, [10], ['answered', 'delivery 1', 25]],
    ['fails with the error of the service', GOES_WELL, { perform: refuses }, [10], ['failed', REFUSAL, 25]],
    [
      'that never arrives fails without an effect',
      { effectMs: undefined, answerMs: 25, error: 'ThrottlingException' },
      {},
      [],
      ['failed', new Error('named ThrottlingException'), 25],
    ],
    [
      'that fails can take effect before',
      { ...GOES_WELL, error: 'TimeoutError' },
      {},
      [10],
      ['failed', new Error('named TimeoutError'), 25],
    ],
    [
      'that fails can take effect long after',
      { effectMs: 200, answerMs: 25, error: 'TimeoutError' },
      {},
      [200],
      ['failed', new Error('named TimeoutError'), 25],
    ],
    ['without an answer takes effect and never ends', { effectMs: 10, answerMs: undefined }, {}, [10], []],
    [
      'that is delivered twice is answered for the first delivery',
      { ...GOES_WELL, effectAgainMs: 50 },
      {},
      [10, 50],
      ['answered', 'delivery 1', 25],
    ],
    [
      'whose first answer is lost is answered for the second delivery',
      { ...GOES_WELL, ...LATER },
      {},
      [10, 50],
      ['answered', 'delivery 2', 60],
    ],
    [
      'whose second delivery is refused fails, although the first took effect',
      { ...GOES_WELL, ...LATER },
      { perform: failsOnSecond },
      [10, 50],
      ['failed', REFUSAL, 60],
    ],
    [
      'of a process that pauses after it is answered when the process resumes',
      { ...GOES_WELL, pauseMs: 5_000 },
      {},
      [10],
      ['answered', 'delivery 1', 5_000],
    ],
  ])('%s', async (_, plan, options, effectsMs, ended) => {
    const overMs = ended.length === 0 ? [] : [ended[2]];

    expect(await send(plan, options)).toEqual({ effectsMs, overMs, ended, isDead: false });
  });

  it('with an answer but neither an effect nor an error is a mistake of the simulation', async () => {
    const plan = { effectMs: undefined, answerMs: 25 };

    await expect(send(plan)).rejects.toThrow('An answer was planned for a call without an effect.');
  });
});

describe('a caller that gives up', () => {
  it.each<[string, CallPlan, Sent, number[], number[], unknown[]]>([
    [
      'fails at once, and the call still takes effect',
      SLOW,
      { meanwhile: (_, abort) => abort('too slow') },
      [100],
      [50],
      ['failed', 'too slow', 50],
    ],
    [
      'after the answer changes nothing',
      GOES_WELL,
      { meanwhile: (_, abort) => abort('too late') },
      [10],
      [25],
      ['answered', 'delivery 1', 25],
    ],
    [
      'before the call sends nothing',
      GOES_WELL,
      { signal: AbortSignal.abort('over') },
      [],
      [],
      ['failed', 'over', 0],
    ],
  ])('%s', async (_, plan, options, effectsMs, overMs, ended) => {
    expect(await send(plan, options)).toEqual({ effectsMs, overMs, ended, isDead: false });
  });
});

describe('a process that dies', () => {
  it.each<[string, CallPlan, Sent, number[], number[]]>([
    ['before its call sends nothing', { ...GOES_WELL, crash: 'before' }, {}, [], []],
    ['after the effect gets no answer', { ...GOES_WELL, crash: 'after-effect' }, {}, [10], [10]],
    ['when the answer arrives does not get it', { ...GOES_WELL, crash: 'on-answer' }, {}, [10], [25]],
    [
      'while it waits hangs up, and its call takes effect',
      SLOW,
      { meanwhile: (environment) => environment.kill() },
      [100],
      [50],
    ],
    ['earlier sends nothing', GOES_WELL, { isSenderDead: true }, [], []],
  ])('%s', async (_, plan, options, effectsMs, overMs) => {
    expect(await send(plan, options)).toEqual({ effectsMs, overMs, ended: [], isDead: true });
  });
});
