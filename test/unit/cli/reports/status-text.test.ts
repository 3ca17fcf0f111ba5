import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { reportOn } from '../../../../cli/reports/connection-report.ts';
import type { FleetStatus } from '../../../../cli/reports/fleet-status.ts';
import { renderStatus } from '../../../../cli/reports/render-status.ts';
import { matchesPattern, selectConnections } from '../../../../cli/reports/status-selection.ts';
import { renderSummary, summarizeStatus } from '../../../../cli/reports/status-summary.ts';
import { dollarsPerHour } from '../../../../cli/reports/watch-cost.ts';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import {
  activeConnection,
  blockedConnection,
  coolingDownConnection,
  failureOf,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const plain = picocolors.createColors(false);
const colored = picocolors.createColors(true);

const healthy = (count: number) =>
  Array.from({ length: count }, (_, index) => activeConnection({ name: `healthy-${index}` }));
const expired = activeConnection({
  name: 'expired',
  token: { versionId: 'v', issuedAtMs: NOW_MS - 70 * MINUTE_MS, expiresAtMs: NOW_MS - 10 * MINUTE_MS },
});
const PROBLEMS = [
  coolingDownConnection({ name: 'cooling' }),
  blockedConnection({ name: 'blocked', lastFailure: { ...failureOf('invalid_code'), atMs: NOW_MS } }),
  pendingConnection({ name: 'pending' }),
  expired,
];

function fleetOf(rows: readonly Connection[], all = false): FleetStatus {
  const reports = rows.map((row) => reportOn(row, NOW_MS));
  return {
    deployment: {
      ...{ secretPrefix: 'zoho', stackName: 'ZohoTokenRefresher', account: '111122223333' },
      region: 'eu-central-1',
    } as FleetStatus['deployment'],
    atMs: NOW_MS,
    connections: selectConnections(reports, { all }),
    summary: summarizeStatus(reports),
    hasProblem: true,
    disconnected: 0,
    rowsRead: rows.length,
    rates: { kind: 'read', value: { fleet: undefined, connections: new Map() } },
    alarms: { kind: 'read', value: [] },
  };
}

describe('a shared client that Zoho refuses', () => {
  const refused = (name: string, code: FailureCode = 'invalid_client_secret', client = 'acme-app') =>
    blockedConnection({ name, client, lastFailure: { ...failureOf(code), atMs: NOW_MS } });
  const textOf = (rows: readonly Connection[]) =>
    renderStatus(fleetOf(rows), { colors: plain, columns: 400 });

  test('has one line with its connections and the command, in the place of one for each', () => {
    const rows = Array.from({ length: 7 }, (_, index) => refused(`tenant-${index + 1}`));
    const lines = textOf(rows).split('\n');

    expect(lines.filter((line) => line.includes('invalid_client_secret'))).toEqual([
      expect.stringMatching(
        /^client acme-app, 7 connections \(tenant-1, tenant-2, tenant-3, tenant-4, tenant-5 and 2 more\): .*run: zoho-tokens client rotate acme-app/,
      ),
    ]);
  });

  test('has a line for each reason, and another client has its own', () => {
    const text = textOf([
      refused('a'),
      refused('b', 'unknown_client'),
      refused('c', 'unknown_client', 'other'),
    ]);

    expect(text.match(/^client .*?\)/gm)).toEqual([
      'client acme-app, 1 connection (a)',
      'client acme-app, 1 connection (b)',
      'client other, 1 connection (c)',
    ]);
  });

  test('is not to blame for connections that are refused for another reason', () => {
    expect(textOf([refused('a', 'invalid_code')])).not.toContain('client acme-app');
  });
});

const namesIn = (fleet: FleetStatus) => fleet.connections.map(({ name }) => name);

describe('the summary', () => {
  test('counts every state, and names the token that expires first', () => {
    expect(renderSummary(fleetOf([...healthy(1_200), ...PROBLEMS]).summary)).toBe(
      '1,204 connections: 1,200 healthy, 1 pending, 1 cooling down, 1 blocked, 1 without a valid token. Soonest expiry: healthy-0 in 30 min.',
    );
  });

  test('counts what cannot be read, what is rejected, refused once or paused', () => {
    const base = reportOn(activeConnection(), NOW_MS);
    const reports = [
      { ...base, status: 'unreadable' as const, health: 'bad' as const },
      { ...base, isRejected: true, health: 'bad' as const },
      { ...base, health: 'waiting' as const },
      { ...base, status: 'disabled' as const, health: 'waiting' as const, tokenLeftMs: 1 },
    ];

    expect(summarizeStatus(reports)).toEqual({
      connections: 4,
      states: { unreadable: 1, 'rejected by consumers': 1, 'refused once': 1, disabled: 1 },
      soonestExpiry: { name: 'crm-prod', leftMs: 30 * MINUTE_MS },
    });
  });
});

describe('what is shown', () => {
  test('is a small fleet as a whole, problems first', () => {
    expect(namesIn(fleetOf([...healthy(2), ...PROBLEMS]))).toEqual([
      ...['blocked', 'expired', 'cooling', 'pending', 'healthy-0', 'healthy-1'],
    ]);
  });

  test('is only what is not healthy of a large one, and how to see the rest', () => {
    const fleet = fleetOf([...healthy(17), ...PROBLEMS]);

    expect(namesIn(fleet)).toEqual(['blocked', 'expired', 'cooling', 'pending']);
    expect(renderStatus(fleet, { colors: plain, columns: undefined })).toContain(
      'Not shown: 17 connections. To see all, run: zoho-tokens status --all',
    );
  });

  test('is at most 50 problems', () => {
    const many = Array.from({ length: 60 }, (_, index) => blockedConnection({ name: `b-${index}` }));

    expect(namesIn(fleetOf([...PROBLEMS, ...many]))).toHaveLength(50);
  });

  test('is everything on request', () => {
    expect(namesIn(fleetOf([...healthy(100), ...PROBLEMS], true))).toHaveLength(104);
  });
});

test.each([
  ['crm-prod', 'crm-*', true],
  ['crm', 'crm-*', false],
  ['my-crm-prod', 'crm-*', false],
  ['a-b-c', 'a*c', true],
  ['anything', '*', true],
  ['anything', undefined, true],
])('%s matches %s: %s', (name, pattern, matches) => {
  expect(matchesPattern(name, pattern)).toBe(matches);
});

describe('on 80 columns', () => {
  const longName = 'a-connection-of-a-tenant-with-a-very-long-name-of-60-letters';
  const rows = [...PROBLEMS, activeConnection({ name: longName }), ...healthy(2)];
  const long = blockedConnection({
    name: 'long',
    lastFailure: { code: 'invalid_code', message: 'words and '.repeat(20), atMs: NOW_MS },
  });

  test.each([
    ['without colors', plain],
    ['with colors', colored],
  ])('every line fits, %s', (_, colors) => {
    const text = renderStatus(fleetOf([...rows, long]), { colors, columns: 80 });

    for (const line of text.split('\n'))
      expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(80);
  });

  test('a failure continues with a hanging indent', () => {
    const lines = renderStatus(fleetOf([long]), { colors: plain, columns: 80 }).split('\n');
    const at = lines.findIndex((line) => line.startsWith('long: '));

    expect(lines[at + 1]).toMatch(/^ {2}\S/);
  });

  test('a name that is too long has a line of its own, and its cells stay in their columns', () => {
    const lines = renderStatus(fleetOf(rows), { colors: plain, columns: 80 }).split('\n');
    const at = lines.indexOf(longName);
    const head = lines.find((line) => line.startsWith('connection')) ?? '';

    expect(lines[at + 1]?.indexOf('active')).toBe(head.indexOf('state'));
  });

  test('the columns that matter are kept', () => {
    const text = renderStatus(fleetOf([...PROBLEMS, activeConnection()]), { colors: plain, columns: 60 });

    expect(text).toMatch(/^connection {2}state +token +next$/m);
    expect(text).toMatch(/^crm-prod +active +30 min left +in 24 min$/m);
  });
});

test('an hour of watching 10,000 connections every 5 s costs about 95 cents, one connection 3', () => {
  const shown = (count: number) => Array.from({ length: count }, () => reportOn(activeConnection(), NOW_MS));

  expect(dollarsPerHour({ rowsRead: 10_000, connections: shown(50) }, 5)).toBeCloseTo(0.96, 2);
  expect(dollarsPerHour({ rowsRead: 1, connections: shown(1) }, 5)).toBeCloseTo(0.03, 2);
});
