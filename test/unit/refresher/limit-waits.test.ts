import { expect, test } from 'vitest';
import { limitWaits } from '../../../lambdas/refresher/limit-waits.ts';
import type { RefreshContext } from '../../../lambdas/refresher/refresh-context.ts';
import { activeConnection, HOUR_MS, NOW_MS } from '../../support/builders.ts';
import { FakeRefresher } from './fake-refresher.ts';

const ROW = activeConnection();
const { signal: never } = new AbortController();

/** How a call is made with a signal. */
type Call = (context: RefreshContext, signal: AbortSignal) => Promise<unknown>;

const TABLE: readonly Call[] = [
  ({ connections }, signal) => connections.read('crm-prod', signal),
  ({ connections }, signal) => connections.create(ROW, signal),
  ({ connections }, signal) => connections.replaceIfFree(ROW, ROW, 0, signal),
];
const SECRETS: readonly Call[] = [
  ({ credentials }, signal) => credentials.read('crm-prod', signal),
  ({ tokens }, signal) => tokens.lastPublished('crm-prod', signal),
  ({ followedTokens }, signal) => followedTokens.read('old', 'crm-prod', signal),
];
const COMMIT: Call = ({ connections }, signal) => connections.replaceIfHeld(ROW, ROW, signal);
const PUBLISH: Call = ({ tokens }, signal) =>
  tokens.publish({ connection: 'crm-prod' } as never, undefined, signal);

/** A context with limits whose calls end when their signal aborts, and how long each of them waited. */
function hangingContext() {
  const { clock, context } = new FakeRefresher(ROW);
  const hang = (...args: readonly unknown[]): Promise<never> =>
    new Promise((_, reject) => {
      const signal = args.at(-1) as AbortSignal;
      const end = () => reject(signal.reason);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
    });
  const hanging = (port: object) =>
    Object.fromEntries(Object.keys(port).map((name) => [name, hang])) as never;
  const limited = limitWaits({
    ...context,
    connections: hanging(context.connections),
    credentials: hanging(context.credentials),
    tokens: hanging(context.tokens),
    followedTokens: hanging(context.followedTokens),
  });
  const waitOf = async (call: Call, signal = never): Promise<number> => {
    let isOver = false;
    const ended = call(limited, signal).catch(() => {
      isOver = true;
    });
    const startedAtMs = clock.now();
    for (let second = 0; second < 20 && !isOver; second += 1) {
      await new Promise(setImmediate);
      if (!isOver) clock.advance(1_000);
      await new Promise(setImmediate);
    }
    if (isOver) await ended;
    return isOver ? clock.now() - startedAtMs : Number.POSITIVE_INFINITY;
  };
  return waitOf;
}

test.each(TABLE)('a call of the table before the mint waits three seconds (%#)', async (call) => {
  expect(await hangingContext()(call)).toBe(3_000);
});

test.each(SECRETS)('a read of a secret waits five seconds (%#)', async (call) => {
  expect(await hangingContext()(call)).toBe(5_000);
});

test('several calls of one service wait no longer together, and the commit has its own time', async () => {
  const waitOf = hangingContext();

  expect(await waitOf(TABLE[0] as Call)).toBe(3_000);
  expect(await waitOf(TABLE[2] as Call)).toBe(0);
  expect(await waitOf(SECRETS[0] as Call)).toBe(5_000);
  expect(await waitOf(SECRETS[1] as Call)).toBe(0);
  expect(await waitOf(COMMIT)).toBe(3_000);
});

test('the publish has no limit but that of the invocation', async () => {
  expect(await hangingContext()(PUBLISH)).toBe(Number.POSITIVE_INFINITY);
});

test('a deadline of the invocation that is over ends every wait', async () => {
  expect(await hangingContext()(TABLE[0] as Call, AbortSignal.abort())).toBe(0);
});

test('a clock that AWS corrects neither uses up a wait nor prolongs it', async () => {
  for (const aheadMs of [HOUR_MS, -HOUR_MS]) {
    const { context, clock, checkedClock } = new FakeRefresher(ROW);
    clock.advance(500);
    const asked: number[] = [];
    const limited = limitWaits({
      ...context,
      clock: {
        ...checkedClock,
        abortAfter: (ms) => {
          asked.push(ms);
          return never;
        },
      },
      connections: {
        ...context.connections,
        read: () => {
          clock.advance(1_000);
          checkedClock.correct(new Date(NOW_MS - aheadMs).toUTCString(), checkedClock.elapsed());
          return Promise.resolve(ROW);
        },
      },
    });

    await limited.connections.read('crm-prod', never);
    await limited.connections.read('crm-prod', never);

    expect(asked).toEqual([3_000, 2_000]);
  }
});
