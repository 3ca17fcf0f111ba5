import { expect } from 'vitest';
import type { CheckResult } from '../../../../cli/doctor/finding.ts';
import { type FailureCode, InfrastructureError } from '../../../../lambdas/core/failures.ts';
import { failureOf } from '../../../support/builders.ts';

/** Matches a finding by its result and by parts of its texts. */
export function finding(result: CheckResult, found = '', fix?: string): unknown {
  return expect.objectContaining({
    result,
    found: expect.stringContaining(found),
    ...(fix === undefined ? {} : { fix: expect.stringContaining(fix) }),
  });
}

/** A value that could be read. */
export function read<Value>(value: Value) {
  return { kind: 'read', value } as const;
}

/** A value that AWS did not return. */
export function unavailable(
  code: FailureCode,
  { action = 'secretsmanager:GetSecretValue', errorName = 'AccessDeniedException' } = {},
) {
  const error = new InfrastructureError(failureOf(code), {
    call: { action, resource: 'the-resource', errorName },
  });
  return { kind: 'unavailable', error } as const;
}

/** A value that the user has no permission to read. */
export function denied(action?: string) {
  return unavailable('aws_access_denied', action === undefined ? {} : { action });
}
