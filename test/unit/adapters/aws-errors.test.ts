import { describe, expect, it } from 'vitest';
import {
  classifyAwsError,
  classifyAwsErrorName,
  hasName,
  translateAwsError,
} from '../../../lambdas/adapters/aws-errors.ts';

function awsError(name: string, message = '', status?: number): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe('an error of AWS', () => {
  it.each([
    ['denied', 'AccessDenied'],
    ['denied', 'AccessDeniedException'],
    ['denied', 'NotAuthorized'],
    ['denied', 'OptInRequired'],
    ['kms-denied', 'DecryptionFailure'],
    ['credentials-missing', 'CredentialsProviderError'],
    ['credentials-rejected', 'ExpiredToken'],
    ['credentials-rejected', 'ExpiredTokenException'],
    ['credentials-rejected', 'InvalidClientTokenId'],
    ['credentials-rejected', 'SignatureDoesNotMatch'],
    ['credentials-rejected', 'TokenProviderError'],
    ['credentials-rejected', 'UnrecognizedClientException'],
    ['throttled', 'Throttling'],
    ['throttled', 'ThrottlingException'],
    ['throttled', 'LimitExceededFault'],
    ['throttled', 'ProvisionedThroughputExceededException'],
    ['not-found', 'ResourceNotFoundException'],
    ['invalid-request', 'InvalidParameterValue'],
    ['invalid-request', 'InvalidParameterValueException'],
    ['invalid-request', 'InvalidFormatFault'],
    ['invalid-request', 'ValidationError'],
    ['unavailable', 'InternalServiceError'],
    ['unavailable', 'TimeoutError'],
    ['unavailable', 'Error'],
    ['unavailable', 'constructor'],
  ] as const)('is %s when it is called %s', (kind, name) => {
    expect(classifyAwsError(awsError(name))).toBe(kind);
    expect(classifyAwsErrorName(name)).toBe(kind);
  });

  it.each([
    ['kms-denied', awsError('AccessDeniedException', 'Access to KMS is not allowed')],
    ['denied', awsError('AccessDeniedException', 'User is not authorized')],
    ['being-deleted', awsError('InvalidRequestException', 'scheduled for deletion')],
    ['unavailable', awsError('InvalidRequestException', 'no such stage')],
    ['throttled', awsError('UnknownError', '', 429)],
    ['denied', awsError('AccessDenied', '', 429)],
  ] as const)('is %s where its text or its status says more than its name', (kind, error) => {
    expect(classifyAwsError(error)).toBe(kind);
  });

  it.each([undefined, null, 'AccessDenied', { name: 'AccessDenied' }])('is not %j', (thrown) => {
    expect(classifyAwsError(thrown)).toBe('unavailable');
    expect(hasName(thrown, 'AccessDenied')).toBe(false);
  });

  it.each([
    ['ECONNREFUSED', 'Error', 'ECONNREFUSED'],
    ['ERR_INVALID_URL', 'TypeError', 'ERR_INVALID_URL'],
    ['EHOSTUNREACH', 'AggregateError', 'EHOSTUNREACH'],
    ['TimeoutError', 'TimeoutError', 'ETIMEDOUT'],
    ['Error', 'Error', 'a secret of some kind'],
    ['Error', 'Error', 42],
  ])('is called %s when its name is %s and its code %s', (expected, name, code) => {
    const error = Object.assign(awsError(name), { code });

    const { call } = translateAwsError(error, { action: 'ssm:GetParameter', resource: 'a' });

    expect(call?.errorName).toBe(expected);
  });
});
