import { describe, expect, it } from 'vitest';
import {
  classifyAwsError,
  classifyAwsErrorName,
  hasName,
  nameOfAwsError,
} from '../../../lambdas/adapters/aws-error-kinds.ts';
import { translateAwsError } from '../../../lambdas/adapters/aws-errors.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { failureOf } from '../../support/builders.ts';

function awsError(name: string, message = '', status?: number): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe('an error of AWS', () => {
  it('is called by its code only if its name says nothing', () => {
    const named = (name: string) => Object.assign(awsError(name), { code: 'ECONNRESET' });

    expect(nameOfAwsError(named('AggregateError'))).toBe('ECONNRESET');
    expect(nameOfAwsError(named('ErrorOfAService'))).toBe('ErrorOfAService');
  });

  it.each([
    ['TimeoutError', 'got no answer in time'],
    ['AbortError', 'got no answer in time'],
    ['InternalServiceError', 'failed'],
  ])('says whether there was an answer: %s', (name, what) => {
    const { message } = translateAwsError(awsError(name), { action: 'dynamodb:GetItem', resource: 't' });

    expect(message).toContain(`dynamodb:GetItem on t ${what} (${name}). `);
  });

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
    ['invalid-request', 'InvalidParameter'],
    ['invalid-request', 'InvalidParameterValue'],
    ['invalid-request', 'InvalidParameterValueException'],
    ['invalid-request', 'InvalidFormatFault'],
    ['invalid-request', 'ValidationError'],
    ['unavailable', 'InternalServiceError'],
    ['unavailable', 'TimeoutError'],
    ['unavailable', 'Error'],
    ['unavailable', 'constructor'],
    ['unavailable', 'AccessExceptionDenied'],
  ] as const)('is %s when it is called %s', (kind, name) => {
    expect(classifyAwsError(awsError(name))).toBe(kind);
    expect(classifyAwsErrorName(name)).toBe(kind);
  });

  it.each([
    'AccessDenied',
    'EncryptionFailure',
    'CredentialsProvider',
    'ExpiredToken',
    'Throttling',
    'ResourceNotFound',
    'Validation',
  ])('is unavailable if its name only contains %s', (name) => {
    expect(classifyAwsErrorName(name)).not.toBe('unavailable');
    expect(classifyAwsErrorName(`Not${name}`)).toBe('unavailable');
    expect(classifyAwsErrorName(`${name}Or`)).toBe('unavailable');
  });

  it.each([
    ['kms-denied', awsError('AccessDeniedException', 'Access to KMS is not allowed')],
    ['denied', awsError('AccessDeniedException', 'User is not authorized')],
    ['being-deleted', awsError('InvalidRequestException', 'scheduled for deletion')],
    ['being-deleted', awsError('InvalidRequestException', 'the secret was deleted')],
    ['unavailable', awsError('InvalidRequestException', 'no such stage')],
    ['unavailable', awsError('InternalServiceError', 'kms:Decrypt of a deleted secret')],
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
    ['Error', 'Error', 'xECONNREFUSED'],
    ['Error', 'Error', 'ECONNREFUSEDx'],
    ['Error', 'Error', 42],
    ['Error', 'Error', { toString: () => 'ECONNREFUSED' }],
    ['an error without a name', ' AccessDenied', 'x'],
    ['an error without a name', 'AccessDenied: to a secret', 'x'],
    ['an error without a name', '', 'x'],
  ])('is called %s when its name is %s and its code %s', (expected, name, code) => {
    const error = Object.assign(awsError(name), { code });

    const { call } = translateAwsError(error, { action: 'ssm:GetParameter', resource: 'a' });

    expect(call?.errorName).toBe(expected);
  });

  const CALL = { action: 'ssm:GetParameter', resource: 'a' };

  it('is translated once', () => {
    const ours = new InfrastructureError(failureOf('aws_throttled'));

    expect(translateAwsError(ours, CALL)).toBe(ours);
  });

  it('that is no error is not quoted', () => {
    expect(classifyAwsError('kms:Decrypt')).toBe('unavailable');
    expect(translateAwsError({ secret: 'x' }, CALL)).toMatchObject({
      call: { ...CALL, errorName: 'object' },
    });
  });

  it.each([
    [
      'AccessDenied',
      '',
      'aws_access_denied',
      /^ssm:GetParameter on a failed \(AccessDenied\)\. Check that it exists/,
    ],
    ['AccessDeniedException', 'KMS key x', 'aws_kms_denied', /\. The service cannot use the KMS key\./],
    ['DisabledException', 'any', 'aws_kms_denied', /and that it is enabled/],
    ['InvalidCiphertextException', 'any', 'aws_kms_denied', /\. What is stored is damaged, or was encrypted/],
    ['IncorrectKeyException', 'any', 'aws_kms_denied', /zoho-tokens adopt --all --dry-run$/],
    ['ThrottlingException', '', 'aws_throttled', /\. It is retried automatically\.$/],
    ['TimeoutError', '', 'aws_unavailable', /\. It is retried automatically\.$/],
    ['ExpiredToken', '', 'aws_unavailable', /\. It is retried automatically\.$/],
    ['CredentialsProviderError', '', 'aws_unavailable', /retried/],
    ['ValidationException', '', 'aws_unavailable', /retried/],
    ['ResourceNotFoundException', '', 'aws_not_found', /\. It does not exist\. Deploy the stack/],
    [
      'InvalidRequestException',
      'deletion',
      'secret_being_deleted',
      /\. It is scheduled for deletion\. Restore it/,
    ],
  ] as const)('%s (%s) is a failure with advice: %s', (name, text, code, message) => {
    expect(translateAwsError(awsError(name, text), CALL).failure).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('keeps its name and its request ID as the cause, and no text', () => {
    const cause = (requestId: unknown) =>
      translateAwsError(Object.assign(awsError('AccessDenied', 'canary'), { $metadata: { requestId } }), CALL)
        .cause as Error & { requestId?: unknown };

    expect(cause('0f1e-2d')).toMatchObject({
      name: 'AccessDenied',
      message: "AWS's error text is omitted: it may repeat what was sent.",
      requestId: '0f1e-2d',
    });
    for (const odd of ['a b', ' a', 'a ', 'a'.repeat(65), '', 5, undefined, { toString: () => 'a' }])
      expect(cause(odd)).not.toHaveProperty('requestId');
    expect(translateAwsError(undefined, CALL).cause).toMatchObject({ name: 'undefined' });
  });
});
