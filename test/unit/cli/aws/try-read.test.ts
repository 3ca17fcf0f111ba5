import { describe, expect, test } from 'vitest';
import { ifAllowed, look } from '../../../../cli/aws/try-read.ts';
import { InfrastructureError } from '../../../../lambdas/core/failures.ts';
import { failureOf } from '../../../support/builders.ts';

const denied = new InfrastructureError(failureOf('aws_access_denied'));
const throttled = new InfrastructureError(failureOf('aws_throttled'));
const bug = new TypeError('x is not a function');

describe('what is read if it is allowed', () => {
  test('is nothing for whoever has not the right to it', async () => {
    await expect(ifAllowed(() => Promise.reject(denied))).resolves.toBeUndefined();
    await expect(ifAllowed(() => Promise.resolve('value'))).resolves.toBe('value');
  });

  test.each([
    ['a throttle', throttled],
    ['a key that may not be used', new InfrastructureError(failureOf('aws_kms_denied'))],
    ['a bug', bug],
  ])('is not nothing after %s, which is thrown', async (_, error) => {
    await expect(ifAllowed(() => Promise.reject(error))).rejects.toBe(error);
  });
});

describe('a look', () => {
  test('takes whatever AWS answers, and throws bugs', async () => {
    expect(await look(() => Promise.resolve('value'))).toEqual({ kind: 'seen', value: 'value' });
    expect(await look(() => Promise.reject(throttled))).toEqual({ kind: 'unseen', error: throttled });
    await expect(look(() => Promise.reject(bug))).rejects.toBe(bug);
  });
});
