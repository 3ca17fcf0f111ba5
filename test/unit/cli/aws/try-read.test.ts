import { expect, test } from 'vitest';
import { readIfAllowed, tryRead } from '../../../../cli/aws/try-read.ts';
import { InfrastructureError } from '../../../../lambdas/core/failures.ts';
import { failureOf } from '../../../support/builders.ts';

const denied = new InfrastructureError(failureOf('aws_access_denied'));
const throttled = new InfrastructureError(failureOf('aws_throttled'));
const bug = new TypeError('x is not a function');

test('readIfAllowed returns the value, or undefined without permission', async () => {
  await expect(readIfAllowed(() => Promise.resolve('value'))).resolves.toBe('value');
  await expect(readIfAllowed(() => Promise.reject(denied))).resolves.toBeUndefined();
});

test.each([
  ['a throttle', throttled],
  ['a KMS key without permission', new InfrastructureError(failureOf('aws_kms_denied'))],
  ['a bug', bug],
])('readIfAllowed throws %s', async (_, error) => {
  await expect(readIfAllowed(() => Promise.reject(error))).rejects.toBe(error);
});

test('tryRead returns every error of AWS and throws bugs', async () => {
  expect(await tryRead(() => Promise.resolve('value'))).toEqual({ kind: 'read', value: 'value' });
  expect(await tryRead(() => Promise.reject(throttled))).toEqual({ kind: 'unavailable', error: throttled });
  await expect(tryRead(() => Promise.reject(bug))).rejects.toBe(bug);
});
