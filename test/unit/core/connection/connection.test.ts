import { describe, expect, test } from 'vitest';
import {
  CONNECTION_SOURCES,
  CONNECTION_STATUSES,
  isRetired,
  registerConnection,
  shouldHaveValidToken,
} from '../../../../lambdas/core/connection/connection.ts';
import { activeConnection, NOW_MS } from '../../../support/builders.ts';

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
      refusedCredentials: [],
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

describe('a connection is retired', () => {
  const undeclared = { code: 'undeclared', message: 'It is gone.', atMs: NOW_MS } as const;

  test('when it was switched off because it is no longer declared', () => {
    expect(isRetired(activeConnection({ status: 'disabled', lastFailure: undeclared }))).toBe(true);
  });

  test.each(['paused', 'disconnected', 'revoked'] as const)('not when an operator has it %s', (code) => {
    const switchedOff = activeConnection({ status: 'disabled', lastFailure: { ...undeclared, code } });

    expect(isRetired(switchedOff)).toBe(false);
  });

  test('not when nobody said why it is switched off, nor while it is on', () => {
    expect(isRetired(activeConnection({ status: 'disabled', lastFailure: undefined }))).toBe(false);
    expect(isRetired(activeConnection({ lastFailure: undeclared }))).toBe(false);
  });
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
