import { describe, expect, test } from 'vitest';
import {
  CONNECTION_SOURCES,
  CONNECTION_STATUSES,
  registerConnection,
  shouldHaveValidToken,
} from '../../../lambdas/core/connection.ts';
import { activeConnection, NOW_MS } from '../../support/builders.ts';

describe('a connection that was just registered', () => {
  test('is pending, due at once, and has no past', () => {
    expect(registerConnection('crm-prod', 'declared', NOW_MS)).toStrictEqual({
      name: 'crm-prod',
      status: 'pending',
      source: 'declared',
      generation: 0,
      publishedGeneration: 0,
      lease: undefined,
      nextAttemptAtMs: NOW_MS,
      token: undefined,
      apiDomain: undefined,
      dataCenter: undefined,
      scope: undefined,
      mintsMs: [],
      publishesMs: [],
      failures: 0,
      lastFailure: undefined,
      credentialsVersionId: undefined,
    });
  });

  test('remembers that it was connected at run time', () => {
    expect(registerConnection('crm-prod', 'connected', NOW_MS).source).toBe('connected');
  });
});

test('the statuses and the sources are those that stand in the table', () => {
  expect(CONNECTION_STATUSES).toEqual(['pending', 'active', 'cooling-down', 'blocked', 'disabled']);
  expect(CONNECTION_SOURCES).toEqual(['declared', 'connected']);
});

describe('the watch over expiries', () => {
  test('covers the connections that are served: active, and throttled ones', () => {
    const watched = CONNECTION_STATUSES.filter((status) =>
      shouldHaveValidToken(activeConnection({ status })),
    );

    expect(watched).toEqual(expect.arrayContaining(['active', 'cooling-down']));
    expect(watched).not.toContain('blocked');
    expect(watched).not.toContain('disabled');
  });

  test('does not cover a connection that never had a token', () => {
    const watched = CONNECTION_STATUSES.filter((status) =>
      shouldHaveValidToken(activeConnection({ status, token: undefined })),
    );

    expect(watched).toEqual([]);
  });

  test('covers a connection whose token is served although its credentials secret became empty', () => {
    const orphaned = activeConnection({ status: 'pending' });

    expect(shouldHaveValidToken(orphaned)).toBe(true);
  });
});
