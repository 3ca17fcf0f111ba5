import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import { outcomeOf } from '../../../../lambdas/core/refresh/refresh-outcome.ts';
import { activeConnection, blockedConnection, failureOf, NOW_MS } from '../../../support/builders.ts';

describe('the outcome of a failed attempt', () => {
  it.each([
    ['network_error', 'failed'],
    ['aws_access_denied', 'failed'],
    ['token_too_long', 'failed'],
    ['throttled', 'throttled'],
    ['invalid_code', 'blocked'],
    ['no_credentials', 'blocked'],
    ['undeclared', 'blocked'],
  ] as const satisfies [FailureCode, string][])('after %s is "%s"', (code, outcome) => {
    expect(outcomeOf(failureOf(code), blockedConnection())).toBe(outcome);
  });

  it('is "failed" after a refusal that is not confirmed yet', () => {
    const after = activeConnection({ lastFailure: { ...failureOf('invalid_code'), atMs: NOW_MS } });

    expect(outcomeOf(failureOf('invalid_code'), after)).toBe('failed');
  });
});
