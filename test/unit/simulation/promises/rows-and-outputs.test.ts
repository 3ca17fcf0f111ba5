import { beforeEach, describe, expect, it } from 'vitest';
import { createPromiseChecks } from '../../../simulation/promises/all.ts';
import { NeverLost } from '../../../simulation/promises/never-lost.ts';
import { NoBug } from '../../../simulation/promises/no-bug.ts';
import { PROMISE_NAMES, type PromiseCheck, type Violation } from '../../../simulation/promises/promise.ts';
import { Secrecy } from '../../../simulation/promises/secrecy.ts';
import { Spread } from '../../../simulation/promises/spread.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { activeItem, CONNECTION, call, FakeWorld, item, leaseReleased, write } from './fake-world.ts';

let world: FakeWorld;
let violations: string[];
beforeEach(() => {
  world = new FakeWorld();
  violations = [];
});

const violate = (message: string) => violations.push(message);

describe('no unforeseen error (I0)', () => {
  it.each([
    ['an error that is not foreseen', new TypeError('x is undefined')],
    ['the log of one', { message: 'refresh failed', connection: CONNECTION, bug: { name: 'TypeError' } }],
    ['a row that cannot be read', { message: 'refresh failed', code: 'malformed_row' }],
  ])('is broken by %s', (_, output) => {
    new NoBug(violate).onOutput(output);

    expect(violations).toHaveLength(1);
  });

  it.each([
    ['AWS that fails', named('InfrastructureError')],
    ['a connection that was never registered', named('UnknownConnectionError')],
    ['any other line of the log', { message: 'refresh failed', connection: CONNECTION }],
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

  /** A row that says so, and is attempted so many minutes from now. */
  function attempt(row: Parameters<typeof activeItem>[0], inMinutes: number): void {
    const nextAttemptAt = NOW_MS + inMinutes * MINUTE_MS;
    new NeverLost(world, violate).onRowWritten(write(undefined, activeItem({ ...row, nextAttemptAt })));
  }

  it('is broken by a row in no queue', () => {
    new NeverLost(world, violate).onRowWritten(write(activeItem(), activeItem({ queue: undefined })));

    expect(violations).toEqual([`${CONNECTION} (active) is in no queue`]);
  });

  it('is broken by a row without a time', () => {
    new NeverLost(world, violate).onRowWritten(write(undefined, activeItem({ nextAttemptAt: undefined })));

    expect(violations).toHaveLength(1);
  });

  it('is kept by a row that is switched off', () => {
    const disabled = activeItem({ status: 'disabled', queue: undefined, nextAttemptAt: undefined });

    new NeverLost(world, violate).onRowWritten(write(activeItem(), disabled));

    expect(violations).toEqual([]);
  });

  describe.each([
    ['a token', {}, { inTime: 54, tooLate: 65 }],
    ['a failed attempt', { failures: 1 }, { inTime: 1, tooLate: 4 }],
    ['a throttle', { status: 'cooling-down', failures: 1 }, { inTime: 30, tooLate: 40 }],
    ['a block', { status: 'blocked', failures: 1 }, { inTime: 5, tooLate: 8 }],
    ['a block that is looked at', { status: 'blocked' }, { inTime: 5, tooLate: 8 }],
    ['no authorization yet', { status: 'pending', tokenExpiresAt: undefined }, { inTime: 5, tooLate: 8 }],
    ['a lease', { leaseOwner: 'P0-0', leaseUntil: NOW_MS + 75_000 }, { inTime: 1.25, tooLate: 3 }],
    [
      'a lease that is over',
      { status: 'pending', tokenExpiresAt: undefined, leaseOwner: 'P0-0', leaseUntil: NOW_MS - 1 },
      { inTime: 5, tooLate: 8 },
    ],
    ['no forced call left', { failures: 1, mints: times(6) }, { inTime: 11, tooLate: 15 }],
    ['no forced version left', { failures: 1, publishes: times(45) }, { inTime: 23 * 60, tooLate: 25 * 60 }],
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

  function judge(outputs: readonly unknown[], rows: readonly ReturnType<typeof item>[] = []): string[] {
    world.secrets = ['another-secret', SECRET];
    const check = new Secrecy(world, violate);
    for (const output of outputs) check.onOutput(output);
    for (const row of rows) check.onRowWritten(write(undefined, row));
    check.onEnd();
    return violations;
  }

  it.each([
    ['a line of the log', { message: `refreshing with ${SECRET}` }],
    ['a field of one, deep down', { message: 'x', fields: [{ body: { token: SECRET } }] }],
    ['an answer', { connection: CONNECTION, outcome: SECRET }],
    ['the message of an error', new Error(`cannot send ${SECRET}`)],
    ['the cause of an error', new Error('cannot send', { cause: { body: SECRET } })],
    ['the cause of a cause', new Error('a', { cause: new Error('b', { cause: new Error(SECRET) }) })],
    ['an error in a field', { message: 'x', error: new Error(`cannot send ${SECRET}`) }],
    ['one of many errors', new AggregateError([new Error('a'), new Error(SECRET)], 'all failed')],
  ])('is broken by a secret in %s', (_, output) => {
    expect(judge(['harmless', output])).toHaveLength(1);
  });

  it('is broken by a secret in a row', () => {
    expect(judge([], [activeItem(), activeItem({ scope: SECRET })])).toHaveLength(1);
  });

  it('is broken by a secret in an event', () => {
    world.secrets = [SECRET];
    const check = new Secrecy(world, violate);

    check.onAnnounced(JSON.stringify({ connection: CONNECTION, state: 'blocked', reason: SECRET }));
    check.onEnd();

    expect(violations).toHaveLength(1);
  });

  it('is kept by everything else', () => {
    const outputs = [{ message: 'refreshed' }, new Error('cannot send 1000.0123'), undefined, 7];

    expect(judge(outputs, [activeItem()])).toEqual([]);
  });

  it('is judged at the end, also against secrets that came later', () => {
    const check = new Secrecy(world, violate);
    check.onOutput({ token: SECRET });
    const before = [...violations];

    world.secrets = [SECRET];
    check.onEnd();

    expect(before).toEqual([]);
    expect(violations).toHaveLength(1);
  });
});

describe('spread over time (I9)', () => {
  /** Leases given back, each token renewed so many minutes before its end. */
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

  it('is broken by tokens that are all renewed at the same age', () => {
    renew([6, 6, 6, 6, 6, 6]);

    expect(violations).toEqual(['tokens are renewed at the same age every time']);
  });

  it('is broken by attempts that are all repeated after the same time', () => {
    fail([15_000, 15_000, 15_000, 15_000, 15_000, 15_000]);

    expect(violations).toEqual(['failed attempts are repeated after the same delay every time']);
  });

  it('is kept by ages and delays that differ', () => {
    renew([6.1, 6.4, 6.2, 6.9, 6.1, 6.5]);
    fail([15_000, 3_000, 9_000, 1, 15_000, 700]);

    expect(violations).toEqual([]);
  });

  it.each([
    ['few that are the same', [6, 6, 6, 6, 6]],
    ['pairs that are the same', [6, 7, 8, 6, 7, 8]],
  ])('is kept by %s, by accident', (_, minutes) => {
    renew(minutes);

    expect(violations).toEqual([]);
  });

  it('is not promised when hardly any jitter is configured', () => {
    world.refreshJitterMs = 0;

    renew([6, 6, 6, 6, 6, 6, 6, 6]);

    expect(violations).toEqual([]);
  });

  it('is judged by rows whose lease is given back, and that are active', () => {
    const check = new Spread(world, violate);
    for (let count = 0; count < 9; count += 1) {
      check.onRowWritten(write(activeItem(), activeItem()));
      check.onRowWritten(leaseReleased(activeItem({ status: 'blocked' })));
    }
    check.onEnd();

    expect(violations).toEqual([]);
  });
});

describe('all promises together', () => {
  /** One history that breaks each promise, by its number. */
  const BREAKS: Readonly<Record<keyof typeof PROMISE_NAMES, (told: Hearing) => void>> = {
    I0: (told) => told.onOutput(new TypeError('x is undefined')),
    I1: (told) => {
      told.onCallSent(call(), CONNECTION);
      told.onCallSent(call(), CONNECTION);
    },
    I2: (told) => {
      for (let count = 0; count < 11; count += 1) told.onCallReceived(call(), CONNECTION);
    },
    I3: (told) => told.onRowWritten(write(activeItem(), activeItem({ generation: 6 }))),
    I4: (told) => {
      world.rows.set(CONNECTION, activeItem());
      told.onCheck();
    },
    I5: (told) => told.onRowWritten(write(activeItem(), activeItem({ queue: undefined }))),
    I6: (told) =>
      told.onRowWritten(
        write(
          activeItem(),
          item({
            status: 'blocked',
            queue: 'due',
            nextAttemptAt: NOW_MS,
            generation: 7,
            publishedGeneration: 7,
          }),
        ),
      ),
    I7: (told) => {
      world.secrets = ['a-secret'];
      told.onOutput({ message: 'a-secret' });
      told.onEnd();
    },
    I8: (told) => {
      told.onCallAnswered(call(), CONNECTION, 'definite-refusal');
      told.onCallReceived(call(), CONNECTION);
    },
    I9: (told) => {
      for (let count = 0; count < 9; count += 1) told.onRowWritten(leaseReleased(activeItem()));
      told.onEnd();
    },
    I10: (told) => told.onAnnounced(JSON.stringify({ connection: CONNECTION, state: 'blocked' })),
  };

  it.each(Object.entries(BREAKS))('tell that %s is broken, and that alone', (id, breakIt) => {
    const told: Violation[] = [];

    breakIt(tellAll(createPromiseChecks(world, (violation) => told.push(violation))));

    expect(new Set(told.map(({ promise }) => promise))).toEqual(new Set([id]));
  });

  it('have a number and a name each', () => {
    expect(Object.keys(BREAKS)).toEqual(Object.keys(PROMISE_NAMES));
  });
});

type Hearing = Required<PromiseCheck>;

/** Tells all of them, those that want to hear it. */
function tellAll(checks: readonly PromiseCheck[]): Hearing {
  const tell =
    <Name extends keyof Hearing>(name: Name) =>
    (...what: Parameters<Hearing[Name]>) => {
      for (const check of checks) {
        (check[name] as ((...what: Parameters<Hearing[Name]>) => void) | undefined)?.apply(check, what);
      }
    };
  return {
    onCallSent: tell('onCallSent'),
    onCallReceived: tell('onCallReceived'),
    onCallAnswered: tell('onCallAnswered'),
    onCallOver: tell('onCallOver'),
    onRowWritten: tell('onRowWritten'),
    onTokenSecretChanged: tell('onTokenSecretChanged'),
    onCheck: tell('onCheck'),
    onAnnounced: tell('onAnnounced'),
    onOutput: tell('onOutput'),
    onEnd: tell('onEnd'),
  };
}

function named(name: string): Error {
  return Object.assign(new Error('as it may happen'), { name });
}
