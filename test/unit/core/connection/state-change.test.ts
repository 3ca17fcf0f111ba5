import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { stateChangesOf } from '../../../../lambdas/core/connection/state-change.ts';
import {
  activeConnection,
  blockedConnection,
  failureOf,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const refusedOnce = activeConnection({ lastFailure: { ...failureOf('invalid_code'), atMs: NOW_MS } });
const published = { generation: 9, publishedGeneration: 9 };

function statesOf(before: Connection, after: Connection): string[] {
  return stateChangesOf(before, after, { atMs: NOW_MS }).map(({ state }) => state);
}

describe('the change of a connection', () => {
  it.each([
    ['blocked', activeConnection(), blockedConnection()],
    ['blocked', pendingConnection(), blockedConnection({ publishedGeneration: 0 })],
    ['blocked', activeConnection({ status: 'cooling-down' }), blockedConnection()],
    ['refused', activeConnection(), refusedOnce],
    ['blocked', refusedOnce, blockedConnection()],
    ['recovered', blockedConnection(), activeConnection()],
    ['refreshed', activeConnection(), activeConnection(published)],
    ['refreshed', pendingConnection(), activeConnection()],
    ['refreshed', activeConnection({ status: 'cooling-down' }), activeConnection(published)],
  ])('is "%s"', (state, before, after) => {
    expect(statesOf(before, after)).toEqual([state]);
  });

  it('is "recovered" and "refreshed" when a blocked one gets a token', () => {
    expect(statesOf(blockedConnection(), activeConnection(published))).toEqual(['recovered', 'refreshed']);
  });

  it.each([
    ['stays as it is', activeConnection(), activeConnection({ failures: 2 })],
    ['is refused again', refusedOnce, refusedOnce],
    ['stays blocked, for another reason', blockedConnection(), blockedConnection({ failures: 2 })],
    ['cools down', activeConnection(), activeConnection({ status: 'cooling-down' })],
    ['is disabled', blockedConnection(), blockedConnection({ status: 'disabled' })],
    ['waits for credentials', blockedConnection(), pendingConnection({ publishedGeneration: 7 })],
  ])('is no change when it %s', (_, before, after) => {
    expect(statesOf(before, after)).toEqual([]);
  });

  it('has the row after it, the status before it, the time, and who authorized', () => {
    const after = blockedConnection();
    const authorization = { by: undefined, atMs: NOW_MS };

    expect(
      stateChangesOf(activeConnection({ status: 'cooling-down' }), after, { atMs: NOW_MS, authorization }),
    ).toEqual([
      { state: 'blocked', connection: after, previousStatus: 'cooling-down', atMs: NOW_MS, authorization },
    ]);
  });
});
