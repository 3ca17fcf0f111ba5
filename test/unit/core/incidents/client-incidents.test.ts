import { describe, expect, test } from 'vitest';
import type { Connection, Incident } from '../../../../lambdas/core/connection/connection.ts';
import {
  type ClientIncident,
  incidentOfClient,
  isPrecededBy,
  isSettledBy,
} from '../../../../lambdas/core/incidents/client-incidents.ts';
import {
  activeConnection,
  blockedConnection,
  failureOf,
  HOUR_MS,
  NOW_MS,
} from '../../../support/builders.ts';

const incident = (state: Incident['state'], sinceMs = NOW_MS, client = 'acme'): ClientIncident => ({
  ...{ problem: 'client-refused', sinceMs, state },
  client: { name: client, changedAtMs: sinceMs },
});

/** A connection that the client blocks. */
const refused = (name: string, about: ClientIncident, overrides: Partial<Connection> = {}) =>
  blockedConnection({
    ...{ name, client: 'acme', incidents: [about] },
    lastFailure: { ...failureOf('invalid_client_secret'), atMs: NOW_MS },
    ...overrides,
  });
/** One that Zoho has accepted again, and whose notification is pending. */
const accepted = (name: string, about: ClientIncident = incident('ended')) =>
  activeConnection({ name, client: 'acme', incidents: [about] });

const own = (about: ClientIncident) => ({ name: 'm', incident: about });
const begun = own(incident('begun'));
const ended = own(incident('ended'));

/** The names of the others because of which nothing is published, and of those that have to publish it. */
const judge = (member: ReturnType<typeof own>, others: readonly Connection[]) => ({
  settledBy: others.filter((other) => isSettledBy(member, other)).map(({ name }) => name),
  precededBy: others.filter((other) => isPrecededBy(member, other)).map(({ name }) => name),
});
const ALONE = { settledBy: [], precededBy: [] };

describe('the beginning', () => {
  test.each<[string, Connection[]]>([
    ['it is alone', []],
    ['the others have no incident', [activeConnection({ name: 'a', client: 'acme' })]],
    ['the others began later', [refused('a', incident('begun', NOW_MS + 1))]],
    ['the others began at the same time, and are later by name', [refused('n', incident('begun'))]],
    ['an earlier one was accepted meanwhile', [accepted('a', incident('begun', NOW_MS - 1))]],
    ['one that was notified was accepted meanwhile', [accepted('a', incident('notified', NOW_MS - 1))]],
    ['on-call was notified of another client', [refused('a', incident('notified', NOW_MS, 'other'))]],
    [
      'a connection was left behind hours ago',
      [refused('a', incident('notified', NOW_MS - 3 * HOUR_MS - 1))],
    ],
    ['the row is its own', [refused('m', incident('notified', NOW_MS - 1))]],
  ])('is published if %s', (_, others) => {
    expect(judge(begun, others)).toEqual(ALONE);
  });

  test.each<[string, Connection[]]>([
    ['an earlier one is pending', [refused('z', incident('begun', NOW_MS - 1))]],
    ['one of the same time is pending, and is earlier by name', [refused('a', incident('begun'))]],
  ])('waits if %s', (_, others) => {
    expect(judge(begun, others)).toEqual({ settledBy: [], precededBy: others.map(({ name }) => name) });
  });

  test('is settled by one that on-call was notified of, also three hours ago', () => {
    const others = [
      refused('a', incident('begun')),
      refused('z', incident('notified', NOW_MS - 3 * HOUR_MS)),
    ];

    expect(judge(begun, others)).toEqual({ settledBy: ['z'], precededBy: ['a'] });
  });
});

describe('the end', () => {
  test.each<[string, Connection[]]>([
    ['it is alone', []],
    ['the others that recovered are later by name', [accepted('n')]],
    [
      'one is blocked for another reason',
      [refused('a', incident('notified'), { client: 'other', status: 'pending' })],
    ],
    ['one was left behind hours ago', [refused('a', incident('notified', NOW_MS - 3 * HOUR_MS - 1))]],
  ])('is published if %s', (_, others) => {
    expect(judge(ended, others)).toEqual(ALONE);
  });

  test.each(['begun', 'notified'] as const)('is settled while another one is refused (%s)', (state) => {
    const others = [accepted('n'), refused('z', incident(state))];

    expect(judge(ended, others)).toEqual({ settledBy: ['z'], precededBy: [] });
  });

  test('is settled by one that recovered as well, and is earlier by name', () => {
    expect(judge(ended, [accepted('a')])).toEqual({ settledBy: [], precededBy: ['a'] });
  });
});

test('the incident of a client is found among others', () => {
  const row = {
    incidents: [{ problem: 'blocked', sinceMs: NOW_MS, state: 'begun' } as const, incident('begun')],
  };

  expect(incidentOfClient(row, 'acme')).toEqual(incident('begun'));
  expect(incidentOfClient(row, 'other')).toBeUndefined();
});
