import { describe, expect, test, vi } from 'vitest';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { DEFAULT_CONFIG } from '../../../lambdas/refresher/config.ts';
import { createHandler, settingsOf } from '../../../lambdas/refresher/create-handler.ts';
import { contextOf, lambdaContext } from '../../../sandbox/deployment/lambda-context.ts';
import { LogCollector } from '../../../sandbox/deployment/log-collector.ts';
import {
  activeConnection,
  dueConnection,
  failureOf,
  MINUTE_MS,
  pendingConnection,
} from '../../support/builders.ts';
import { NO_PACES } from '../../support/no-paces.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

const TICK = { action: 'refresh-due' };
const ASK = { action: 'refresh', connection: 'crm-prod', reason: 'unauthorized', rejectedGeneration: 7 };
const CONFIG = {
  ...DEFAULT_CONFIG,
  tableName: 'connections',
  secretPrefix: 'zoho',
  declaredConnections: { 'crm-prod': { dataCenter: 'eu', scopes: [] } },
} as const;

/** A handler over fakes whose ports get the deadlines of the invocation. */
function handlerOf(world: FakeRefresher, config: Parameters<typeof settingsOf>[0] = CONFIG) {
  const log = new LogCollector();
  const asked: number[] = [];
  const { clock } = world;
  vi.spyOn(clock, 'abortAfter').mockImplementation((ms) => {
    asked.push(ms);
    return asked.length % 2 === 1 ? world.deadlines.work : world.deadlines.report;
  });
  const pace = vi.fn((_mostMs: number) => Promise.resolve());
  const paceLooks = vi.fn((_mostMs: number) => Promise.resolve());
  const { settings: _settings, deadlines: _deadlines, ...dependencies } = world.context;
  const handler = createHandler({
    config,
    logger: log,
    paces: { ...NO_PACES, declared: pace, looks: paceLooks },
    dependencies,
  });
  return { handler, asked, pace, paceLooks, lines: log.lines };
}

describe('an invocation', () => {
  test('reserves five seconds for the report and one for the answer', async () => {
    const { handler, asked } = handlerOf(new FakeRefresher(activeConnection()));

    await handler(ASK, lambdaContext(60_000));
    await handler(ASK, lambdaContext(3_000));
    await handler(ASK, lambdaContext(500));

    const waitsForAws = [3_000, 5_000];
    expect(asked.filter((ms) => !waitsForAws.includes(ms))).toEqual([55_000, 59_000, 0, 2_000, 0, 0]);
  });

  test.each([-24 * 60 * MINUTE_MS, 0, 75_001, 24 * 60 * MINUTE_MS])(
    'has all of its time left if a wrong clock says that %d ms are left',
    async (ms) => {
      const { handler, asked } = handlerOf(new FakeRefresher(activeConnection()));

      await handler(ASK, lambdaContext(ms));

      expect(asked.slice(0, 2)).toEqual([70_000, 74_000]);
    },
  );

  test('starts no refresh when the time left has passed by the elapsed time', async () => {
    const world = new FakeRefresher(dueConnection());
    const { onDue } = world;
    world.onDue = (nowMs) => {
      world.clock.advance(45_000);
      return onDue(nowMs);
    };

    const { handler } = handlerOf(world);

    expect(await handler(TICK, lambdaContext(60_000))).toMatchObject({ due: 0 });
  });

  test('reports a wrong clock once, also if it fails', async () => {
    const world = new FakeRefresher(activeConnection());
    const correct = () => world.checkedClock.correct(new Date(0).toUTCString(), world.checkedClock.elapsed());
    world.onRead = () => {
      correct();
      correct();
      throw new Error('a bug');
    };

    await expect(handlerOf(world).handler(ASK, lambdaContext())).rejects.toThrow('Unexpected error');

    expect(world.logged.map(([, message]) => message)).toEqual(["this machine's clock is wrong"]);
  });

  test('answers a request, and does not touch other connections', async () => {
    const world = new FakeRefresher(activeConnection());

    expect(await handlerOf(world).handler(ASK, lambdaContext())).toMatchObject({ outcome: 'refreshed' });
    expect(world.calls).toContain('read crm-prod');
    expect(world.calls).not.toContain('due');
  });

  test('answers a tick, which waits for the pace', async () => {
    const world = new FakeRefresher(dueConnection());
    const { handler, pace } = handlerOf(world);

    expect(await handler(TICK, lambdaContext())).toEqual({ due: 1, refreshed: 1, failed: 0, skipped: 0 });
    expect(pace).toHaveBeenCalledTimes(1);
  });

  test('starts no refresh when the time left is not more than a call of Zoho and the report take', async () => {
    const tick = (ms: number) =>
      handlerOf(new FakeRefresher(dueConnection())).handler(TICK, lambdaContext(ms));

    expect(await tick(15_000)).toMatchObject({ due: 0 });
    expect(await tick(15_001)).toMatchObject({ refreshed: 1, skipped: 0 });
  });

  test.each([
    [59_999, 1],
    [60_000, 0],
  ])('starts no refresh when the next tick has begun: after %d ms it refreshes %d', async (ms, refreshed) => {
    const world = new FakeRefresher(dueConnection());
    const { onDue } = world;
    world.onDue = (nowMs) => {
      world.clock.advance(ms);
      return onDue(nowMs);
    };

    const { handler } = handlerOf(world, { ...CONFIG, zohoTimeoutSeconds: 2 });

    expect(await handler(TICK, lambdaContext(75_000))).toMatchObject({ refreshed });
  });

  test.each([
    [75_000, 60_000],
    [60_000, 45_000],
  ])(
    'waits for the pace until no start is allowed any more: with %d ms left, %d ms',
    async (leftMs, mostMs) => {
      const { handler, pace } = handlerOf(new FakeRefresher(dueConnection()));
      const looking = handlerOf(new FakeRefresher(pendingConnection()));

      await handler(TICK, lambdaContext(leftMs));
      await looking.handler(TICK, lambdaContext(leftMs));

      expect([pace.mock.calls, looking.paceLooks.mock.calls]).toEqual([[[mostMs]], [[mostMs]]]);
    },
  );

  test('looks at connections that are out of service at a pace of their own', async () => {
    const { handler, pace, paceLooks } = handlerOf(new FakeRefresher(pendingConnection()));

    await handler(TICK, lambdaContext());

    expect([pace.mock.calls.length, paceLooks.mock.calls.length]).toEqual([0, 1]);
  });

  test('runs as many refreshes at the same time as configured', async () => {
    const names = ['a', 'b', 'c'];
    const world = new FakeRefresher(...names.map((name) => dueConnection({ name, source: 'connected' })));
    const { handler, pace } = handlerOf(world, { ...CONFIG, maxInFlight: 1, declaredConnections: {} });
    let running = 0;
    let most = 0;
    pace.mockImplementation(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });

    await handler(TICK, lambdaContext());

    expect(most).toBe(1);
  });

  test('that its alias does not allow is refused, and logged with the alias', async () => {
    const world = new FakeRefresher(activeConnection());

    const answer = await handlerOf(world).handler({ ...ASK, reason: 'operator' }, contextOf('consumers'));

    expect(answer).toMatchObject({ connection: 'crm-prod', outcome: 'not-allowed' });
    expect(world.calls).toEqual([]);
    expect(world.logged).toEqual([
      [
        'warn',
        'request refused',
        {
          connection: 'crm-prod',
          outcome: 'not-allowed',
          door: 'consumers',
          reason: 'message' in answer && answer.message,
        },
      ],
    ]);
  });
});

describe('the table is reconciled with the configuration', () => {
  const registrations = ({ calls }: FakeRefresher) => calls.filter((call) => call === 'read crm-prod').length;

  test('with the first tick, and again after five minutes', async () => {
    const world = new FakeRefresher(activeConnection());
    const { handler } = handlerOf(world);

    await handler(TICK, lambdaContext());
    await handler(TICK, lambdaContext());
    world.clock.advance(5 * MINUTE_MS - 1);
    await handler(TICK, lambdaContext());
    const before = registrations(world);
    world.clock.advance(1);
    await handler(TICK, lambdaContext());

    expect({ before, after: registrations(world) }).toEqual({ before: 1, after: 2 });
  });

  test('and rows with impossible times are looked for as often', async () => {
    const world = new FakeRefresher(activeConnection());
    const { handler } = handlerOf(world);
    world.checkedClock.correct(new Date(world.clock.now()).toUTCString(), world.checkedClock.elapsed());
    const looks = () => world.calls.filter((call) => call === 'due after').length;

    await handler(TICK, lambdaContext());
    await handler(TICK, lambdaContext());
    const before = looks();
    world.clock.advance(5 * MINUTE_MS);
    await handler(TICK, lambdaContext());

    expect([before, looks()]).toEqual([1, 2]);
  });

  test('and rows with impossible times are looked for again with the tick after one with a wrong clock', async () => {
    const world = new FakeRefresher(activeConnection());
    const { handler } = handlerOf(world);
    const answerOfAws = (ms: number) =>
      world.checkedClock.correct(new Date(ms).toUTCString(), world.checkedClock.elapsed());
    answerOfAws(world.clock.now());
    const looks = () => world.calls.filter((call) => call === 'due after').length;

    await handler(TICK, lambdaContext());
    answerOfAws(world.clock.now() - 2 * MINUTE_MS);
    await handler(TICK, lambdaContext());
    await handler(TICK, lambdaContext());
    await handler(TICK, lambdaContext());

    expect(looks()).toBe(2);
  });

  test('again with the next tick if the due rows could not be read', async () => {
    const world = new FakeRefresher(activeConnection());
    const { handler } = handlerOf(world);
    const { onDue } = world;
    world.onDue = throws('aws_throttled');

    await expect(handler(TICK, lambdaContext())).rejects.toThrow(InfrastructureError);
    world.onDue = onDue;
    await handler(TICK, lambdaContext());
    await handler(TICK, lambdaContext());

    expect(registrations(world)).toBe(2);
  });

  test('again with the next tick if a row could not be read', async () => {
    const world = new FakeRefresher(activeConnection());
    const { handler } = handlerOf(world);
    const { onRead } = world;
    world.onRead = throws('malformed_row');

    await handler(TICK, lambdaContext());
    world.onRead = onRead;
    await handler(TICK, lambdaContext());
    await handler(TICK, lambdaContext());

    expect(registrations(world)).toBe(2);
  });
});

describe('an invocation that fails', () => {
  test('because of AWS throws our own error, which is logged', async () => {
    const world = new FakeRefresher();
    const { handler, lines } = handlerOf(world, { ...CONFIG, declaredConnections: {} });
    const error = new InfrastructureError(failureOf('aws_access_denied'));
    world.onDue = () => {
      throw error;
    };

    await expect(handler(TICK, lambdaContext())).rejects.toBe(error);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      level: 'ERROR',
      message: 'the invocation failed',
      code: 'aws_access_denied',
      reason: 'what aws_access_denied means',
      function_request_id: lambdaContext().awsRequestId,
    });
  });

  test('because of an invalid event of the schedule throws it, with the fix', async () => {
    const { handler, lines } = handlerOf(new FakeRefresher());

    await expect(handler({ action: 'refresh-all' }, contextOf('schedule'))).rejects.toMatchObject({
      code: 'invalid_event',
    });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ code: 'invalid_event' });
  });

  test('because of a bug shows its name only, and logs its place', async () => {
    const world = new FakeRefresher();
    const { handler, lines } = handlerOf(world);
    world.onRead = () => {
      throw new TypeError('canary');
    };

    await expect(handler(ASK, lambdaContext())).rejects.toThrow(
      new Error('Unexpected error (TypeError) in the refresher. The log says where.'),
    );
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      level: 'ERROR',
      message: 'the invocation failed unexpectedly',
      bug: { name: 'TypeError' },
    });
    expect(lines.join('\n')).not.toContain('canary');
  });
});

describe('the sender of notifications', () => {
  const pageTopicArn = 'arn:aws-us-gov:sns:us-gov-west-1:012345678901:page';
  const ticketTopicArn = 'arn:aws-us-gov:sns:us-gov-west-1:012345678901:ticket';

  test('is the deployment, in the account and region of its topic of pages', () => {
    const sender = {
      secretPrefix: 'zoho',
      partition: 'aws-us-gov',
      region: 'us-gov-west-1',
      account: '012345678901',
    };
    const topics = { pageTopicArn, ticketTopicArn };
    const runbookBaseUrl = 'https://runbooks.example';

    expect(settingsOf({ ...CONFIG, ...topics, runbookBaseUrl }).sender).toEqual({
      ...sender,
      runbookBaseUrl,
    });
    expect(settingsOf({ ...CONFIG, ...topics }).sender).toEqual({
      ...sender,
      runbookBaseUrl: 'https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/runbooks',
    });
  });

  test.each([{}, { pageTopicArn }, { ticketTopicArn }])('is none with the topics %j only', (topics) => {
    expect(settingsOf({ ...CONFIG, ...topics }).sender).toBeUndefined();
  });
});

test('the settings of a refresh are the configuration in milliseconds', () => {
  const config = {
    ...CONFIG,
    followSecretPrefix: 'old',
    acceptRotatedRefreshTokens: true,
    metricsPerConnection: 'all' as const,
    stateChangeEvents: ['refreshed'] as const,
  };

  expect(settingsOf(config)).toEqual({
    secretPrefix: 'zoho',
    followSecretPrefix: 'old',
    acceptRotatedRefreshTokens: true,
    declaredConnections: CONFIG.declaredConnections,
    metricsPerConnection: 'all',
    refreshMarginMs: 300_000,
    refreshJitterMs: 60_000,
    leaseMs: 90_000,
    zohoTimeoutMs: 10_000,
    announcedStates: ['refreshed'],
    parkAfterMs: 604_800_000,
  });
});
