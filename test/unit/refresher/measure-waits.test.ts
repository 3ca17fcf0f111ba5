import { expect, test } from 'vitest';
import { measureWaits } from '../../../lambdas/refresher/measure-waits.ts';
import type { AttemptContext } from '../../../lambdas/refresher/refresh-context.ts';
import { activeConnection, HOUR_MS, NOW_MS } from '../../support/builders.ts';
import { FakeRefresher } from './fake-refresher.ts';

const row = activeConnection();
const { signal } = new AbortController();

/** A context whose ports answer after a second, with what they were asked. */
function slowContext() {
  const { context, clock } = new FakeRefresher(row);
  const slow = (...args: unknown[]) => {
    clock.advance(1_000);
    return Promise.resolve(args as never);
  };
  const slowed = {
    ...context,
    connections: { read: slow, replaceIfFree: slow, replaceIfHeld: slow },
    credentials: { read: slow },
    rotatedCredentials: { store: slow, recover: slow },
    tokenEndpoint: { refresh: slow },
    followedTokens: { read: slow },
    tokens: { publish: slow },
  } satisfies AttemptContext;
  return { slowed, clock };
}

test.each<[string, (context: AttemptContext) => Promise<unknown>, unknown[]]>([
  ['table', ({ connections }) => connections.read('a', signal), ['a', signal]],
  [
    'table',
    ({ connections }) => connections.replaceIfFree(row, row, NOW_MS, signal),
    [row, row, NOW_MS, signal],
  ],
  ['table', ({ connections }) => connections.replaceIfHeld(row, row, signal), [row, row, signal]],
  ['credentials', ({ credentials }) => credentials.read('a', signal), ['a', signal]],
  ['credentials', ({ rotatedCredentials }) => rotatedCredentials.store({} as never, signal), [{}, signal]],
  [
    'credentials',
    ({ rotatedCredentials }) => rotatedCredentials.recover('a', 'refused', signal),
    ['a', 'refused', signal],
  ],
  ['zoho', ({ tokenEndpoint }) => tokenEndpoint.refresh({} as never, signal), [{}, signal]],
  ['followed', ({ followedTokens }) => followedTokens.read('old', 'a', signal), ['old', 'a', signal]],
  ['publish', ({ tokens }) => tokens.publish({} as never, 'from', signal), [{}, 'from', signal]],
])('the time that is waited for the system "%s" is measured', async (system, ask, args) => {
  const { slowed, clock } = slowContext();
  clock.advance(500);
  const { context, durationsMs } = measureWaits(slowed);

  expect(await ask(context)).toEqual(args);
  await ask(context);

  expect(durationsMs()).toEqual({ total: 2_000, [system]: 2_000 });
});

test('the time is measured right while AWS corrects the clock', async () => {
  const { context, clock, checkedClock } = new FakeRefresher(row);
  const read = () => {
    clock.advance(300);
    checkedClock.correct(new Date(NOW_MS - HOUR_MS).toUTCString(), checkedClock.elapsed());
    return Promise.resolve(row);
  };
  const measured = measureWaits({ ...context, connections: { ...context.connections, read } });

  await measured.context.connections.read('a', signal);

  expect(measured.durationsMs()).toEqual({ total: 300, table: 300 });
});

test('the time until a failure is measured as well', async () => {
  const { slowed, clock } = slowContext();
  const read = (): Promise<never> => {
    clock.advance(300);
    return Promise.reject(new Error('no'));
  };
  const { context, durationsMs } = measureWaits({ ...slowed, credentials: { read } });

  await expect(context.credentials.read('a', signal)).rejects.toThrow('no');
  expect(durationsMs()).toEqual({ total: 300, credentials: 300 });
});
