import { beforeEach, describe, expect, it } from 'vitest';
import { createPromiseChecks } from '../../../simulation/promises/all.ts';
import { NeverLost } from '../../../simulation/promises/never-lost.ts';
import { NoBug } from '../../../simulation/promises/no-bug.ts';
import { PROMISE_NAMES, type PromiseCheck, type Violation } from '../../../simulation/promises/promise.ts';
import { Secrecy } from '../../../simulation/promises/secrecy.ts';
import { Spread } from '../../../simulation/promises/spread.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { apiRequest, consumerCall, TOKEN } from './fake-consumer.ts';
import {
  activeItem,
  CONNECTION,
  call,
  leaseReleased,
  useFakeWorld,
  violate,
  violations,
  world,
  write,
} from './fake-world.ts';

useFakeWorld();

describe('no unexpected error (I0)', () => {
  it.each([
    ['an unexpected error', new TypeError('x is undefined')],
    [
      'the log line of one',
      { message: 'refresh failed', connection: CONNECTION, bug: { name: 'TypeError' } },
    ],
    ['a row that cannot be parsed', { message: 'refresh failed', code: 'malformed_row' }],
  ])('is broken by %s', (_, output) => {
    new NoBug(violate).onOutput(output);

    expect(violations).toHaveLength(1);
  });

  it.each([
    ['an AWS failure', named('InfrastructureError')],
    ['a connection that was never registered', named('UnknownConnectionError')],
    ['any other log line', { message: 'refresh failed', connection: CONNECTION }],
    ['metrics', { values: { RefreshFailed: 1 }, connection: CONNECTION }],
    ['an answer', { due: 1, refreshed: 1, failed: 0, skipped: 0 }],
    ['nothing', undefined],
  ])('is kept by %s', (_, output) => {
    new NoBug(violate).onOutput(output);

    expect(violations).toEqual([]);
  });
});

describe('never lost (I5)', () => {
  const times = (count: number) => Array.from({ length: count }, () => NOW_MS);

  /** Writes a row whose next attempt is so many minutes from now. */
  function attempt(row: Parameters<typeof activeItem>[0], inMinutes: number): void {
    const nextAttemptAt = NOW_MS + inMinutes * MINUTE_MS;
    new NeverLost(world, violate).onRowWritten(write(undefined, activeItem({ ...row, nextAttemptAt })));
  }

  it.each([
    ['broken by a row in no queue', { queue: undefined }, [`${CONNECTION} (active) is in no queue`]],
    ['broken by a row without a time', { nextAttemptAt: undefined }, [expect.anything()]],
    ['kept by a disabled row', { status: 'disabled', queue: undefined, nextAttemptAt: undefined }, []],
  ])('is %s', (_, row, expected) => {
    new NeverLost(world, violate).onRowWritten(write(activeItem(), activeItem(row)));

    expect(violations).toEqual(expected);
  });

  describe.each([
    ['a token', {}, { inTime: 54, tooLate: 65 }],
    ['a failed attempt', { failures: 1 }, { inTime: 1, tooLate: 4 }],
    ['a throttle', { status: 'cooling-down', failures: 1 }, { inTime: 30, tooLate: 40 }],
    ['a block', { status: 'blocked', failures: 1 }, { inTime: 5, tooLate: 8 }],
    ['a block without a failed attempt', { status: 'blocked' }, { inTime: 5, tooLate: 8 }],
    ['no authorization yet', { status: 'pending', tokenExpiresAt: undefined }, { inTime: 5, tooLate: 8 }],
    ['a lease', { leaseOwner: 'P0-0', leaseUntil: NOW_MS + 75_000 }, { inTime: 1.25, tooLate: 3 }],
    [
      'an expired lease',
      { status: 'pending', tokenExpiresAt: undefined, leaseOwner: 'P0-0', leaseUntil: NOW_MS - 1 },
      { inTime: 5, tooLate: 8 },
    ],
    ['no forced call left', { failures: 1, mints: times(6) }, { inTime: 11, tooLate: 15 }],
    ['no forced version left', { failures: 1, publishes: times(57) }, { inTime: 23 * 60, tooLate: 25 * 60 }],
  ])('by a row with %s', (_, row, { inTime, tooLate }) => {
    it(`is kept when it is attempted in ${inTime} minutes`, () => {
      attempt(row, inTime);

      expect(violations).toEqual([]);
    });

    it(`is broken when it is attempted in ${tooLate} minutes`, () => {
      attempt(row, tooLate);

      expect(violations).toEqual([expect.stringMatching(/attempted \d{1,2}\.\d minutes too late$/)]);
    });
  });
});

describe('no secret outside (I7)', () => {
  const SECRET = '1000.0123456789abcdef';

  let check: Secrecy;
  beforeEach(() => {
    world.secrets = ['another-secret', SECRET];
    check = new Secrecy(world, violate);
  });

  it.each([
    ['a log line', { message: `refreshing with ${SECRET}` }],
    ['a nested field of one', { message: 'x', fields: [{ body: { token: SECRET } }] }],
    ['an answer', { connection: CONNECTION, outcome: SECRET }],
    ['the message of an error', new Error(`cannot send ${SECRET}`)],
    ['the cause of an error', new Error('cannot send', { cause: { body: SECRET } })],
    ['the cause of a cause', new Error('a', { cause: new Error('b', { cause: new Error(SECRET) }) })],
    ['an error in a field', { message: 'x', error: new Error(`cannot send ${SECRET}`) }],
    ['one of many errors', new AggregateError([new Error('a'), new Error(SECRET)], 'all failed')],
  ])('is broken by a secret in %s', (_, output) => {
    check.onOutput('harmless');
    check.onOutput(output);
    check.onEnd();

    expect(violations).toHaveLength(1);
  });

  it.each([
    ['a row', () => check.onRowWritten(write(activeItem(), activeItem({ scope: SECRET })))],
    ['an event', () => check.onAnnounced(JSON.stringify({ state: 'blocked', reason: SECRET }))],
  ])('is broken by a secret in %s', (_, leak) => {
    leak();
    check.onEnd();

    expect(violations).toHaveLength(1);
  });

  it('is kept by everything else', () => {
    const outputs = [{ message: 'refreshed' }, new Error('cannot send 1000.0123'), undefined, 7];
    for (const output of outputs) check.onOutput(output);
    check.onRowWritten(write(undefined, activeItem()));
    check.onEnd();

    expect(violations).toEqual([]);
  });

  it('is checked at the end, also for secrets that were issued later', () => {
    world.secrets = [];
    check.onOutput({ token: SECRET });
    const before = [...violations];

    world.secrets = [SECRET];
    check.onEnd();

    expect(before).toEqual([]);
    expect(violations).toHaveLength(1);
  });
});

describe('spread over time (I9)', () => {
  /** Releases leases, each with a token that is renewed so many minutes before it expires. */
  function renew(minutesBefore: readonly number[]): void {
    const check = new Spread(world, violate);
    for (const [hour, minutes] of minutesBefore.entries()) {
      const tokenExpiresAt = NOW_MS + hour * HOUR_MS;
      const nextAttemptAt = tokenExpiresAt - minutes * MINUTE_MS;
      check.onRowWritten(leaseReleased(activeItem({ tokenExpiresAt, nextAttemptAt })));
    }
    check.onEnd();
  }

  function fail(delays: readonly number[]): void {
    const check = new Spread(world, violate);
    for (const [hour, delay] of delays.entries()) {
      const at = NOW_MS + hour * HOUR_MS;
      const lastFailure = { code: 'timeout', at };
      check.onRowWritten(leaseReleased(activeItem({ lastFailure, nextAttemptAt: at + delay })));
    }
    check.onEnd();
  }

  it.each([
    [
      'broken by tokens that are all renewed at the same age',
      () => renew([6, 6, 6, 6, 6, 6]),
      ['tokens are renewed at the same age every time'],
    ],
    [
      'broken by attempts that are all repeated after the same delay',
      () => fail([15_000, 15_000, 15_000, 15_000, 15_000, 15_000]),
      ['failed attempts are repeated after the same delay every time'],
    ],
    ['kept by ages that differ', () => renew([6.1, 6.4, 6.2, 6.9, 6.1, 6.5]), []],
    ['kept by delays that differ', () => fail([15_000, 3_000, 9_000, 1, 15_000, 700]), []],
    ['kept by few equal ages, which are a coincidence', () => renew([6, 6, 6, 6, 6]), []],
    ['kept by pairs of equal ages, which are a coincidence', () => renew([6, 7, 8, 6, 7, 8]), []],
  ])('is %s', (_, repeat, expected) => {
    repeat();

    expect(violations).toEqual(expected);
  });

  it('is not promised with little jitter', () => {
    world.refreshJitterMs = 0;

    renew([6, 6, 6, 6, 6, 6, 6, 6]);

    expect(violations).toEqual([]);
  });

  it('is checked only for active rows whose lease is released', () => {
    const check = new Spread(world, violate);
    for (let count = 0; count < 9; count += 1) {
      check.onRowWritten(write(activeItem(), activeItem()));
      check.onRowWritten(leaseReleased(activeItem({ status: 'blocked' })));
    }
    check.onEnd();

    expect(violations).toEqual([]);
  });
});

describe('the checks of all promises', () => {
  /** A history that breaks each promise. */
  const BREAKS: Readonly<Record<keyof typeof PROMISE_NAMES, (check: AllMethods) => void>> = {
    I0: (check) => check.onOutput(new TypeError('x is undefined')),
    I1: (check) => {
      check.onCallSent(call(), CONNECTION);
      check.onCallSent(call(), CONNECTION);
    },
    I2: (check) => {
      for (let count = 0; count < 11; count += 1) check.onCallReceived(call(), CONNECTION);
    },
    I3: (check) => check.onRowWritten(write(activeItem(), activeItem({ generation: 6 }))),
    I4: (check) => {
      world.rows.set(CONNECTION, activeItem());
      check.onCheck();
    },
    I5: (check) => check.onRowWritten(write(activeItem(), activeItem({ queue: undefined }))),
    I6: (check) => {
      world.change({ severity: 'none' });
      const blocked = activeItem({ status: 'blocked', nextAttemptAt: NOW_MS, tokenExpiresAt: undefined });
      check.onRowWritten(write(activeItem(), blocked));
    },
    I7: (check) => {
      world.secrets = ['a-secret'];
      check.onOutput({ message: 'a-secret' });
      check.onEnd();
    },
    I8: (check) => {
      for (let count = 0; count < 4; count += 1) check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
      check.onCallReceived(call(), CONNECTION);
    },
    I9: (check) => {
      for (let count = 0; count < 9; count += 1) check.onRowWritten(leaseReleased(activeItem()));
      check.onEnd();
    },
    I10: (check) => check.onAnnounced(JSON.stringify({ connection: CONNECTION, state: 'blocked' })),
    I11: (check) => {
      check.onRotated(call(), CONNECTION, '1000.rotated');
      world.publish({ generation: 8 });
      check.onTokenSecretChanged(CONNECTION, 'scheduled');
    },
    C1: (check) => check.onConsumerReturned(consumerCall(), { ...TOKEN, expiresAtMs: NOW_MS - MINUTE_MS }),
    C2: (check) =>
      check.onConsumerReturned(consumerCall({ startedAwakeMs: 0 }), { kind: 'response', status: 200 }),
    C3: (check) => {
      const request = {
        event: { action: 'refresh', connection: CONNECTION },
        caller: 'operator',
        door: 'operators',
      } as const;
      world.rows.set(CONNECTION, activeItem({ status: 'disabled' }));
      check.onRefreshRequested(request);
      check.onRefreshAnswered(request, { outcome: 'budget-exhausted' }, 0);
    },
    C4: (check) => {
      world.publish({ generation: 7 });
      check.onTokenSecretChanged(CONNECTION, 'scheduled');
      world.pass(5 * MINUTE_MS);
      check.onConsumerReturned(consumerCall({ startedAtMs: world.nowMs }), { kind: 'error', error: 'no' });
    },
    C5: (check) => check.onApiRequest(apiRequest('https://evil.example/')),
  };

  it.each(Object.entries(BREAKS))('report that %s is broken, and no other promise', (id, breakIt) => {
    const reported: Violation[] = [];

    breakIt(forwardTo(createPromiseChecks(world, (violation) => reported.push(violation))));

    expect(new Set(reported.map(({ promise }) => promise))).toEqual(new Set([id]));
  });

  it('cover every promise', () => {
    expect(Object.keys(BREAKS)).toEqual(Object.keys(PROMISE_NAMES));
  });
});

type AllMethods = Required<PromiseCheck>;

/** Calls the method of every check that has it. */
function forwardTo(checks: readonly PromiseCheck[]): AllMethods {
  const forward =
    (_: unknown, name: keyof AllMethods) =>
    (...what: never[]) => {
      for (const check of checks)
        (check[name] as ((...what: never[]) => void) | undefined)?.apply(check, what);
    };
  return new Proxy({} as AllMethods, { get: forward as never });
}

function named(name: string): Error {
  return Object.assign(new Error('expected'), { name });
}
