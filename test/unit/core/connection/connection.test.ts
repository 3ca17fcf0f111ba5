import { describe, expect, test } from 'vitest';
import {
  CONNECTION_SOURCES,
  CONNECTION_STATUSES,
  isRetired,
  registerConnection,
  shouldHaveValidToken,
} from '../../../../lambdas/core/connection/connection.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import { activeConnection, failureOf, NOW_MS } from '../../../support/builders.ts';

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
      ignoredApiDomain: undefined,
      dataCenter: undefined,
      scope: undefined,
      mintsMs: [],
      publishesMs: [],
      complaints: { mintsMs: [], challengedGeneration: undefined, inARow: 0 },
      failures: 0,
      lastFailure: undefined,
      blockedAtMs: undefined,
      credentialsVersionId: undefined,
      refusedCredentials: [],
      endedCredentials: undefined,
      follows: undefined,
      incidents: [],
      notifyAtMs: undefined,
      severity: undefined,
    });
  });

  test('records that it was connected at run time', () => {
    expect(registerConnection('crm-prod', 'connected', NOW_MS).source).toBe('connected');
  });
});

test('the statuses and the sources are the documented ones', () => {
  expect(CONNECTION_STATUSES).toEqual(['pending', 'active', 'cooling-down', 'blocked', 'disabled']);
  expect(CONNECTION_SOURCES).toEqual(['declared', 'connected']);
});

describe('a disabled connection', () => {
  const disabledFor = (code: FailureCode) =>
    activeConnection({ status: 'disabled', lastFailure: { ...failureOf(code), atMs: NOW_MS } });

  test.each([
    ['when it is no longer declared', disabledFor('undeclared'), true],
    ['not when an operator paused it', disabledFor('paused'), false],
    ['not when an operator disconnected it', disabledFor('disconnected'), false],
    ['not when an operator revoked it', disabledFor('revoked'), false],
    ['not without a reason', { ...disabledFor('undeclared'), lastFailure: undefined }, false],
    ['not while it is active', { ...disabledFor('undeclared'), status: 'active' as const }, false],
  ])('is retired %s', (_, connection, retired) => {
    expect(isRetired(connection)).toBe(retired);
  });
});

describe('a valid token is expected', () => {
  const { token } = activeConnection();

  test.each(CONNECTION_STATUSES)(
    'of a connection with a token unless it is blocked or disabled: %s',
    (status) => {
      const isExpected = status !== 'blocked' && status !== 'disabled';

      expect(shouldHaveValidToken(activeConnection({ status, token }))).toBe(isExpected);
    },
  );

  test.each(CONNECTION_STATUSES)('of no connection without a token: %s', (status) => {
    expect(shouldHaveValidToken(activeConnection({ status, token: undefined }))).toBe(false);
  });
});
