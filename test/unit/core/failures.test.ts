import { describe, expect, test } from 'vitest';
import {
  classOf,
  FAILURE_CLASSES,
  FAILURE_POLICY,
  type FailureCode,
  InfrastructureError,
  isFailureCode,
  malformedRow,
  policyOf,
} from '../../../lambdas/core/failures.ts';
import { METRICS } from '../../../lambdas/core/metrics.ts';

/** Copied from the failure policy, so that moving a code to another class is a decision, not a slip. */
const POLICY: readonly [FailureCode, ReturnType<typeof classOf>, string, string | undefined][] = [
  ['network_error', 'transient', 'unchanged', 'RefreshFailed'],
  ['timeout', 'transient', 'unchanged', 'RefreshFailed'],
  ['server_error', 'transient', 'unchanged', 'RefreshFailed'],
  ['redirect_refused', 'transient', 'unchanged', 'RefreshFailed'],
  ['response_too_large', 'transient', 'unchanged', 'RefreshFailed'],
  ['unrecognized_response', 'transient', 'unchanged', 'RefreshFailed'],
  ['unknown_zoho_error', 'transient', 'unchanged', 'RefreshFailed'],
  ['lease_expired', 'transient', 'unchanged', 'RefreshFailed'],
  ['superseded', 'transient', 'unchanged', 'RefreshFailed'],
  ['followed_token_unusable', 'transient', 'unchanged', 'RefreshFailed'],
  ['followed_token_stale', 'transient', 'unchanged', 'RefreshFailed'],
  ['internal_error', 'transient', 'unchanged', 'RefreshFailed'],
  ['throttled', 'throttled', 'cooling-down', 'Throttled'],
  ['token_too_long', 'unusable-token', 'postponed', 'ContractChanged'],
  ['too_large_to_seal', 'unusable-token', 'postponed', 'ContractChanged'],
  ['invalid_code', 'reauthorize', 'blocked', 'Blocked'],
  ['invalid_grant', 'reauthorize', 'blocked', 'Blocked'],
  ['invalid_token', 'reauthorize', 'blocked', 'Blocked'],
  ['invalid_client', 'configuration', 'blocked', 'Blocked'],
  ['invalid_client_secret', 'configuration', 'blocked', 'Blocked'],
  ['malformed_credentials', 'configuration', 'blocked', 'Blocked'],
  ['unknown_data_center', 'configuration', 'blocked', 'Blocked'],
  ['unknown_client', 'configuration', 'blocked', 'Blocked'],
  ['malformed_client', 'configuration', 'blocked', 'Blocked'],
  ['client_without_data_center', 'configuration', 'blocked', 'Blocked'],
  ['aws_access_denied', 'aws', 'unchanged', 'RefreshFailed'],
  ['aws_kms_denied', 'aws', 'unchanged', 'RefreshFailed'],
  ['aws_throttled', 'aws', 'unchanged', 'RefreshFailed'],
  ['aws_unavailable', 'aws', 'unchanged', 'RefreshFailed'],
  ['aws_not_found', 'aws', 'unchanged', 'RefreshFailed'],
  ['secret_being_deleted', 'aws', 'unchanged', 'RefreshFailed'],
  ['malformed_row', 'aws', 'unchanged', 'RefreshFailed'],
  ['no_credentials', 'no-credentials', 'pending', undefined],
  ['undeclared', 'undeclared', 'disabled', undefined],
  ['paused', 'switched-off', 'disabled', undefined],
  ['disconnected', 'switched-off', 'disabled', undefined],
  ['revoked', 'switched-off', 'disabled', undefined],
];

describe('the failure policy', () => {
  test.each(POLICY)('%s is %s: %s, signalled by %s', (code, failureClass, effect, metric) => {
    expect(classOf(code)).toBe(failureClass);
    expect(policyOf(code)).toEqual({ effect, metric });
    expect(isFailureCode(code)).toBe(true);
  });

  test('has a class for every code, and a policy for every class', () => {
    expect(POLICY.map(([code]) => code)).toEqual(Object.keys(FAILURE_CLASSES));
    expect([...new Set(Object.values(FAILURE_CLASSES))].sort()).toEqual(Object.keys(FAILURE_POLICY).sort());
  });

  test('uses metrics that exist', () => {
    const metrics = Object.values(FAILURE_POLICY).flatMap(({ metric }) => metric ?? []);

    expect(Object.keys(METRICS)).toEqual(expect.arrayContaining(metrics));
  });
});

describe('a failure code', () => {
  test.each(['', 'THROTTLED', 'constructor', '__proto__', 'toString', undefined, null, 5, ['throttled']])(
    'is not known: %j',
    (code) => {
      expect(isFailureCode(code)).toBe(false);
    },
  );
});

test('a row that cannot be read is a failure that names the row and what is wrong with it', () => {
  expect(malformedRow({ name: 'by-hand', problem: 'status: is missing' })).toEqual({
    code: 'malformed_row',
    message:
      'The row of by-hand in the connections table cannot be read (status: is missing). Fix or restore it.',
  });
});

test('an infrastructure error has the code and the message of its failure, and keeps its cause', () => {
  const cause = new Error('of the vendor');
  const failure = { code: 'aws_throttled', message: 'slow down' } as const;

  const error = new InfrastructureError(failure, { cause });

  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'InfrastructureError', ...failure, failure, cause });
});
