import { expect } from 'vitest';
import { toItem } from '../../../lambdas/adapters/connection-row.ts';
import { type Connection, scheduledAtMs } from '../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../lambdas/core/connection/lease.ts';
import type { ConnectionStore, MalformedRow, WriteResult } from '../../../lambdas/core/ports.ts';
import {
  activeConnection,
  blockedConnection,
  coolingDownConnection,
  dueConnection,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../support/builders.ts';
import { CODE_OF_FAULT, collect, endOf, failureCodeOf, never } from './calls.ts';
import { type AwsOperation, fact, type PortFact, type PortsUnderTest } from './contract.ts';

const LEASE = { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 };
const OTHER_LEASE = { owner: 'other', untilMs: NOW_MS + MINUTE_MS };

/** One row of each kind. */
const ROWS: Readonly<Record<string, Connection>> = {
  'never authorized': pendingConnection(),
  'with a token': activeConnection(),
  blocked: blockedConnection({ blockedAtMs: NOW_MS - 1, endedCredentials: 'credentials-0' }),
  throttled: coolingDownConnection(),
  leased: acquireLease(dueConnection(), LEASE),
  disabled: activeConnection({ status: 'disabled' }),
  'without a call or a version': activeConnection({ mintsMs: [], publishesMs: [] }),
  'with Unicode text': activeConnection({ scope: 'Zoho “CRM” — 你好, 😀' }),
};

const SEEN = dueConnection();
const DUE_MS = SEEN.nextAttemptAtMs;

/** How the stored row differs from the row that was read, and whether the lease is taken. */
const FREE: readonly (readonly [row: string, differs: Partial<Connection>, isWritten: boolean])[] = [
  ['has not changed', {}, true],
  ['has an expired lease', { lease: { owner: 'dead', untilMs: NOW_MS - 1 } }, true],
  ['has a lease that expires now', { lease: { owner: 'dead', untilMs: NOW_MS } }, true],
  ['has a lease with a millisecond left', { lease: { owner: 'alive', untilMs: NOW_MS + 1 } }, false],
  ['has had another lease', { generation: SEEN.generation + 1 }, false],
  ['was set back to an older generation', { generation: SEEN.generation - 1 }, false],
  ['was scheduled for later', { nextAttemptAtMs: DUE_MS + 1 }, false],
  ['was scheduled for sooner', { nextAttemptAtMs: DUE_MS - 1 }, false],
  ['has another lease', { generation: SEEN.generation + 1, lease: OTHER_LEASE }, false],
];

const HELD = acquireLease(SEEN, LEASE);
const COMMITTED: Connection = {
  ...HELD,
  lease: undefined,
  publishedGeneration: HELD.generation,
  nextAttemptAtMs: NOW_MS + 54 * MINUTE_MS,
  token: { versionId: 'version-of-8', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS },
};

/** How the stored row differs from what its holder wrote, and whether the holder can still write. */
const STILL_HELD: readonly (readonly [row: string, differs: Partial<Connection>, isWritten: boolean])[] = [
  ['still has its lease', {}, true],
  [
    'still has its lease, which has expired',
    { lease: { owner: LEASE.owner, untilMs: NOW_MS - HOUR_MS } },
    true,
  ],
  ['was rescheduled', { nextAttemptAtMs: NOW_MS }, true],
  ['has the lease of another holder', { lease: OTHER_LEASE }, false],
  ['has no lease', { lease: undefined }, false],
  ['has a newer generation', { generation: HELD.generation + 1 }, false],
  ['has an older generation', { generation: HELD.generation - 1 }, false],
];

/** A second row, which has a lease. */
const OTHERS_HELD: Connection = { ...HELD, name: 'books-in' };

/** Every call of the port that has an effect or a result, with its operation. */
const CALLS: readonly (readonly [
  AwsOperation,
  (connections: ConnectionStore, signal: AbortSignal) => Promise<unknown>,
])[] = [
  ['PutItem', (connections, signal) => connections.create(pendingConnection({ name: 'new' }), signal)],
  ['GetItem', (connections, signal) => connections.read('crm-prod', signal)],
  ['Query', (connections, signal) => collect(connections.due(NOW_MS, signal))],
  ['Query', (connections, signal) => connections.planned(signal)],
  ['Query', (connections, signal) => connections.soonestExpiries(1, signal)],
  ['Query', (connections, signal) => collect(connections.usersOf('acme', signal))],
  ['UpdateItem', (connections, signal) => connections.replaceIfFree(SEEN, HELD, NOW_MS, signal)],
  [
    'UpdateItem',
    (connections, signal) =>
      connections.replaceIfHeld(OTHERS_HELD, { ...COMMITTED, name: OTHERS_HELD.name }, signal),
  ],
];

/** Facts about the connections table. */
export const connectionStoreFacts: readonly PortFact[] = [
  fact('a row that was never created does not exist', async ({ ports: { connections } }) => {
    expect(await connections.read('crm-prod', never())).toBeUndefined();
  }),
  ...Object.entries(ROWS).map(
    ([kind, row]): PortFact =>
      fact(`a row ${kind} is read as it was created`, async ({ ports: { connections } }) => {
        expect(await connections.create(row, never())).toEqual({ created: true });

        expect(await connections.read('crm-prod', never())).toEqual(row);
      }),
  ),
  fact('a row is created once; a second creation changes nothing', async ({ ports: { connections } }) => {
    await connections.create(SEEN, never());

    const again = await connections.create(pendingConnection(), never());

    expect(again).toEqual({ created: false });
    expect(await connections.read('crm-prod', never())).toEqual(SEEN);
  }),
  fact('of two concurrent creations of a row, one succeeds', async ({ ports: { connections } }) => {
    const results = await Promise.all([
      connections.create(pendingConnection(), never()),
      connections.create(pendingConnection(), never()),
    ]);

    expect(results.filter(({ created }) => created)).toHaveLength(1);
  }),
  ...FREE.map(
    ([row, differs, isWritten]): PortFact =>
      fact(`a lease is ${isWritten ? 'taken' : 'refused'} when the row ${row}`, async (world) => {
        const stored = { ...SEEN, ...differs };
        await world.ports.connections.create(stored, never());

        const result = await world.ports.connections.replaceIfFree(SEEN, HELD, NOW_MS, never());

        await expectWritten(world, result, isWritten ? { written: HELD } : { refusedBy: stored });
      }),
  ),
  ...STILL_HELD.map(
    ([row, differs, isWritten]): PortFact =>
      fact(`a holder's result is ${isWritten ? 'written' : 'refused'} when the row ${row}`, async (world) => {
        const stored = { ...HELD, ...differs };
        await world.ports.connections.create(stored, never());

        const result = await world.ports.connections.replaceIfHeld(HELD, COMMITTED, never());

        await expectWritten(world, result, isWritten ? { written: COMMITTED } : { refusedBy: stored });
      }),
  ),
  fact('a write to a deleted row is rejected, without a current row', async ({ ports: { connections } }) => {
    const results = [
      await connections.replaceIfFree(SEEN, HELD, NOW_MS, never()),
      await connections.replaceIfHeld(HELD, COMMITTED, never()),
    ];

    expect(results).toEqual([
      { written: false, current: undefined },
      { written: false, current: undefined },
    ]);
    expect(await connections.read('crm-prod', never())).toBeUndefined();
  }),
  fact('of five concurrent requests for the same lease, one succeeds', async ({ ports: { connections } }) => {
    await connections.create(SEEN, never());
    const owners = ['a', 'b', 'c', 'd', 'e'];

    const results = await Promise.all(
      owners.map((owner) => {
        const next = acquireLease(SEEN, { ...LEASE, owner });
        return connections.replaceIfFree(SEEN, next, NOW_MS, never());
      }),
    );

    const winners = owners.filter((_, index) => results[index]?.written);
    const row = await connections.read('crm-prod', never());
    expect(winners).toEqual([row?.lease?.owner]);
  }),
  fact('who has read a row before another write cannot replace it', async ({ ports: { connections } }) => {
    const incident = { problem: 'blocked', sinceMs: NOW_MS, state: 'begun' } as const;
    const seen: Connection = { ...SEEN, incidents: [incident], notifyAtMs: NOW_MS };
    for (const notifyAtMs of [DUE_MS - 1, DUE_MS, DUE_MS + 1]) {
      const before = { ...seen, name: `notified-at-${notifyAtMs}`, notifyAtMs };
      await connections.create(before, never());
      // It is notified, and is due at the same time.
      const notified: Connection = { ...before, incidents: [{ ...incident, state: 'notified' }] };
      const first = await connections.replaceIfFree(before, notified, NOW_MS, never());
      const read = await connections.read(before.name, never());

      const second = await connections.replaceIfFree(before, acquireLease(before, LEASE), NOW_MS, never());

      expect(first).toEqual({ written: true, row: read });
      expect(scheduledAtMs(read ?? before)).toBe(scheduledAtMs(before) - 1);
      expect(second.written).toBe(false);
      expect(await connections.read(before.name, never())).toEqual(read);
    }
  }),
  fact('a write without changes succeeds without a request', async ({ ports: { connections } }) => {
    expect(await connections.replaceIfFree(SEEN, SEEN, NOW_MS, never())).toEqual({
      written: true,
      row: SEEN,
    });
    expect(await connections.replaceIfHeld(HELD, HELD, never())).toEqual({ written: true, row: HELD });
  }),
  fact('attributes that the product does not know are kept', async (world) => {
    const note = { M: { by: { S: 'an operator' }, tags: { SS: ['a', 'b'] }, isOld: { BOOL: true } } };
    await world.putItem({ ...toItem(SEEN), note });

    await world.ports.connections.replaceIfFree(SEEN, HELD, NOW_MS, never());
    await world.ports.connections.replaceIfHeld(HELD, COMMITTED, never());

    expect(await world.readItem('crm-prod')).toEqual({ ...toItem(COMMITTED), note });
  }),
  fact('reading a row that cannot be parsed is an error; the work list names the row', async (world) => {
    await world.putItem({
      connection: { S: 'crm-prod' },
      queue: { S: 'due' },
      nextAttemptAt: { N: String(NOW_MS) },
    });

    const read = world.ports.connections.read('crm-prod', never());

    await expect(read).rejects.toMatchObject({ code: 'malformed_row' });
    expect(await namesDue(world, NOW_MS)).toEqual(['crm-prod cannot be read']);
  }),
  fact('due rows are listed, the longest overdue first, without later and disabled ones', async (world) => {
    const at = (name: string, ms: number, others: Partial<Connection> = {}) =>
      world.ports.connections.create(
        activeConnection({ name, nextAttemptAtMs: NOW_MS + ms, ...others }),
        never(),
      );
    await at('now', 0);
    await at('a-moment-later', 1);
    await at('two-minutes-ago', -2 * MINUTE_MS);
    await at('disabled', -HOUR_MS, { status: 'disabled' });
    await at('an-hour-ago', -HOUR_MS);
    await at('blocked', -MINUTE_MS, { status: 'blocked' });

    expect(await namesDue(world, NOW_MS)).toEqual(['an-hour-ago', 'two-minutes-ago', 'blocked', 'now']);
    expect(await namesDue(world, NOW_MS - HOUR_MS - 1)).toEqual([]);
  }),
  fact('a row is listed at the time and with the contents of its last write', async (world) => {
    const { connections } = world.ports;
    await connections.create(SEEN, never());
    await connections.replaceIfFree(SEEN, HELD, NOW_MS, never());

    const atOnce = await collect(connections.due(NOW_MS, never()));
    const whenTheLeaseEnds = await collect(connections.due(HELD.lease.untilMs, never()));

    expect(atOnce).toEqual([]);
    expect(whenTheLeaseEnds).toEqual([HELD]);
  }),
  fact('planned attempts are those of connections that are refreshed on schedule', async (world) => {
    const { connections } = world.ports;
    const at = (name: string, status: Connection['status'], ms: number) =>
      connections.create(activeConnection({ name, status, nextAttemptAtMs: NOW_MS + ms }), never());
    await at('next', 'active', HOUR_MS);
    await at('overdue', 'active', -HOUR_MS);
    await at('throttled', 'cooling-down', 1);
    await at('pending', 'pending', 2);
    await at('blocked', 'blocked', 3);
    await at('disabled', 'disabled', 4);

    expect([...(await connections.planned(never()))]).toEqual([
      ['overdue', NOW_MS - HOUR_MS],
      ['throttled', NOW_MS + 1],
      ['next', NOW_MS + HOUR_MS],
    ]);
  }),
  fact(
    'the users of a client are rows without disabled connections, with what notifications need of them',
    async (world) => {
      const { connections } = world.ports;
      const incident = { problem: 'client-refused', sinceMs: NOW_MS - HOUR_MS, state: 'begun' } as const;
      const incidents = [{ ...incident, client: { name: 'acme', changedAtMs: NOW_MS } }];
      const code = 'invalid_client_secret';
      const lastFailure = { ...failureOf(code), atMs: NOW_MS };
      const user = activeConnection({
        name: 'user',
        client: 'acme',
        status: 'blocked',
        incidents,
        lastFailure,
      });
      await connections.create(user, never());
      await connections.create(activeConnection({ name: 'other', client: 'acme-2' }), never());
      await connections.create(activeConnection({ name: 'own-client' }), never());
      await connections.create(
        activeConnection({ name: 'disabled', client: 'acme', status: 'disabled' }),
        never(),
      );

      const pages = await collect(connections.usersOf('acme', never()));
      const { name, status, source, client, severity } = user;
      expect(pages.flatMap(({ users }) => users)).toEqual([
        expect.objectContaining({ name, status, source, client, severity, incidents, lastFailure: { code } }),
      ]);
      expect(pages.reduce((sum, { scanned }) => sum + scanned, 0)).toBe(3);
    },
  ),
  fact('without a token, there is no expiry', async ({ ports: { connections } }) => {
    await connections.create(pendingConnection(), never());

    expect(await connections.soonestExpiries(10, never())).toEqual([]);
  }),
  fact(
    'the soonest expiries ignore blocked and disabled connections, and end at the limit',
    async ({ ports: { connections } }) => {
      const expiring = (name: string, expiresAtMs: number, status: Connection['status']) => {
        const token = { versionId: `version of ${name}`, issuedAtMs: expiresAtMs - HOUR_MS, expiresAtMs };
        return connections.create(activeConnection({ name, status, token }), never());
      };
      await expiring('late', NOW_MS + HOUR_MS, 'active');
      await expiring('later', NOW_MS + HOUR_MS + 1, 'active');
      await expiring('soon', NOW_MS + MINUTE_MS, 'cooling-down');
      await expiring('blocked', NOW_MS, 'blocked');
      await expiring('disabled', NOW_MS - HOUR_MS, 'disabled');

      expect(await connections.soonestExpiries(2, never())).toEqual([
        { name: 'soon', expiresAtMs: NOW_MS + MINUTE_MS },
        { name: 'late', expiresAtMs: NOW_MS + HOUR_MS },
      ]);
    },
  ),
  fact('the soonest expiry changes with the published token', async ({ ports: { connections } }) => {
    await connections.create(HELD, never());
    const before = await connections.soonestExpiries(1, never());

    await connections.replaceIfHeld(HELD, COMMITTED, never());

    expect(before).toEqual([{ name: HELD.name, expiresAtMs: HELD.token?.expiresAtMs }]);
    expect(await connections.soonestExpiries(1, never())).toEqual([
      { name: HELD.name, expiresAtMs: NOW_MS + HOUR_MS },
    ]);
  }),
  ...(['denied', 'error without effect'] as const).map(
    (fault): PortFact =>
      fact(`every call that fails with "${fault}" is an AWS error and has no effect`, async (world) => {
        const { connections } = world.ports;
        await connections.create(SEEN, never());
        await connections.create(OTHERS_HELD, never());
        const failures: unknown[] = [];

        for (const [operation, call] of CALLS) {
          world.failNext(operation, fault);
          failures.push(await failureCodeOf(call(connections, never())));
        }

        expect(failures).toEqual(CALLS.map(() => CODE_OF_FAULT[fault]));
        expect(await connections.read('crm-prod', never())).toEqual(SEEN);
        expect(await connections.read(OTHERS_HELD.name, never())).toEqual(OTHERS_HELD);
        expect(await connections.read('new', never())).toBeUndefined();
      }),
  ),
  fact('a call that is throttled until the SDK gives up is an AWS error', async (world) => {
    world.failNext('GetItem', 'throttled');

    const failure = await failureCodeOf(world.ports.connections.read('crm-prod', never()));

    expect(failure).toBe(CODE_OF_FAULT.throttled);
  }),
  fact('a write that fails can have taken effect', async (world) => {
    const { connections } = world.ports;
    await connections.create(SEEN, never());
    world.failNext('UpdateItem', 'error with effect');

    const failure = await failureCodeOf(connections.replaceIfFree(SEEN, HELD, NOW_MS, never()));

    expect(failure).toBe('aws_unavailable');
    expect(await connections.read('crm-prod', never())).toEqual(HELD);
  }),
  fact('a write whose answer is lost is rejected on the retry, by our own row', async (world) => {
    const { connections } = world.ports;
    await connections.create(SEEN, never());
    world.failNext('UpdateItem', 'answer lost, tried again');

    const result = await connections.replaceIfFree(SEEN, HELD, NOW_MS, never());

    await expectWritten(world, result, { refusedBy: HELD });
  }),
  fact('a creation whose answer is lost is reported as existing on the retry', async (world) => {
    const { connections } = world.ports;
    world.failNext('PutItem', 'answer lost, tried again');

    const result = await connections.create(SEEN, never());

    expect(result).toEqual({ created: false });
    expect(await connections.read('crm-prod', never())).toEqual(SEEN);
  }),
  fact('a call without an answer ends with its signal, as an AWS error', async (world) => {
    world.failNext('GetItem', 'no answer');
    const signal = world.clock.abortAfter(45_000);

    const { isOnTime, outcome } = await endOf(world, 45_000, ({ connections }) =>
      connections.read('crm-prod', signal),
    );

    expect(isOnTime).toBe(true);
    expect(await failureCodeOf(outcome)).toBe('aws_unavailable');
  }),
  fact('no request is sent under an aborted signal', async (world) => {
    const { connections } = world.ports;
    await connections.create(SEEN, never());
    await connections.create(OTHERS_HELD, never());
    const failures: unknown[] = [];

    for (const [, call] of CALLS) {
      failures.push(await failureCodeOf(call(connections, world.clock.abortAfter(0))));
    }

    expect(failures).toEqual(CALLS.map(() => 'aws_unavailable'));
    expect(await connections.read('crm-prod', never())).toEqual(SEEN);
    expect(await connections.read(OTHERS_HELD.name, never())).toEqual(OTHERS_HELD);
    expect(await connections.read('new', never())).toBeUndefined();
  }),
];

/** A rejected write may return the row that rejected it, but no other row. */
async function expectWritten(
  world: PortsUnderTest,
  result: WriteResult,
  expected: { readonly written: Connection } | { readonly refusedBy: Connection },
): Promise<void> {
  const row = await world.ports.connections.read('crm-prod', never());
  if ('written' in expected) {
    expect(result).toEqual({ written: true, row });
    expect(row).toEqual(expected.written);
    return;
  }
  expect([
    { written: false, current: undefined },
    { written: false, current: expected.refusedBy },
  ]).toContainEqual(result);
  expect(row).toEqual(expected.refusedBy);
}

async function namesDue({ ports }: PortsUnderTest, nowMs: number): Promise<string[]> {
  const rows: (Connection | MalformedRow)[] = await collect(ports.connections.due(nowMs, never()));
  return rows.map((row) => ('malformed' in row ? `${row.name} cannot be read` : row.name));
}
