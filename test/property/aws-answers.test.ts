import { inspect } from 'node:util';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callAws, translateAwsError } from '../../lambdas/adapters/aws-errors.ts';
import { isSecretWithoutValue } from '../../lambdas/adapters/secret-without-value.ts';
import { explainAwsError } from '../../lambdas/client/explain-aws-error.ts';
import { createRefreshAsker } from '../../lambdas/client/refresher-invocation.ts';
import { describeBug } from '../../lambdas/core/describe-bug.ts';
import { classOf, InfrastructureError, isFailureCode } from '../../lambdas/core/failures.ts';
import { REFRESH_OUTCOMES } from '../../lambdas/core/refresh/refresh-outcome.ts';
import { parseRefresherEvent } from '../../lambdas/core/refresh/refresher-events.ts';
import { ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN } from '../support/builders.ts';
import { connectionName, leaks } from './arbitraries.ts';
import { anyText, damagedJson } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

const SECRETS = [ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN];
const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'zoho/crm-prod/credentials' };

/** Independent copy: names of errors in AWS's documentation and SDK, and their meaning. */
const MEANING = {
  AccessDeniedException: 'aws_access_denied',
  AccessDenied: 'aws_access_denied',
  DecryptionFailure: 'aws_kms_denied',
  EncryptionFailure: 'aws_kms_denied',
  ThrottlingException: 'aws_throttled',
  Throttling: 'aws_throttled',
  TooManyRequestsException: 'aws_throttled',
  ProvisionedThroughputExceededException: 'aws_throttled',
  RequestLimitExceeded: 'aws_throttled',
  LimitExceededException: 'aws_throttled',
  ResourceNotFoundException: 'aws_not_found',
  InvalidRequestException: 'aws_unavailable',
  InternalServiceError: 'aws_unavailable',
  TimeoutError: 'aws_unavailable',
  TypeError: 'aws_unavailable',
  Error: 'aws_unavailable',
} as const;

const message = fc.oneof(
  fc.constantFrom(...SECRETS.map((text) => `Value ${text} at 'secretString' `), ''),
  anyText(40),
);
const awsError = fc
  .record({
    name: fc.constantFrom(...(Object.keys(MEANING) as (keyof typeof MEANING)[])),
    message,
    extras: fc.dictionary(fc.constantFrom('$metadata', '$fault', '$response', 'code'), fc.anything()),
  })
  .map(({ name, message: text, extras }) => Object.assign(new Error(text), extras, { name }));
const thrown = fc.oneof(awsError, fc.anything(), fc.constantFrom<unknown>(...SECRETS, undefined, null));

describe('anything that a call of AWS throws', () => {
  test('becomes an AWS failure with a stable code, without quoting AWS', () =>
    forAll([thrown], runs(60), (error) => {
      const { code, failure, cause } = translateAwsError(error, CALL);

      expect(isFailureCode(code) && classOf(code)).toBe('aws');
      expect(failure.message).toContain(`${CALL.action} on ${CALL.resource} `);
      expect(SECRETS.some((secret) => leaks(failure.message, secret))).toBe(false);
      expect(SECRETS.some((secret) => leaks(inspect(cause, { showHidden: true }), secret))).toBe(false);
    }));

  test('has the code of its name, except for messages about a key or a deletion', () =>
    forAll([awsError], runs(60), (error) => {
      fc.pre(!/kms|delet/i.test(error.message));

      expect(translateAwsError(error, CALL).code).toBe(MEANING[error.name as keyof typeof MEANING]);
    }));

  test('has an AWS code whatever its name is, and a name in an unusual format is not shown', () => {
    const name = fc.oneof(
      fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty', REFRESH_TOKEN, ''),
      anyText(20),
    );

    return forAll([name], runs(60), (given) => {
      const { code, failure } = translateAwsError(Object.assign(new Error('x'), { name: given }), CALL);

      expect(isFailureCode(code) && classOf(code)).toBe('aws');
      expect(leaks(failure.message, REFRESH_TOKEN)).toBe(false);
    });
  });

  test('is translated only once', () =>
    forAll([thrown], runs(40), async (error) => {
      const once = translateAwsError(error, CALL);

      const twice = await callAws({ action: 'dynamodb:GetItem', resource: 'other' }, () =>
        Promise.reject(once),
      ).catch((again: unknown) => again);

      expect(twice).toBe(once);
      expect(once).toBeInstanceOf(InfrastructureError);
    }));

  test('means a secret without a value only if its message says so', () =>
    forAll([thrown], runs(40), (error) => {
      const saysSo = error instanceof Error && /secret value/i.test(error.message);

      expect(isSecretWithoutValue(error)).toBe(
        saysSo && (error as Error).name === 'ResourceNotFoundException',
      );
    }));

  test('is explained to a consumer with the call that failed and advice, without its text', () =>
    forAll([thrown], runs(60), (error) => {
      const message = explainAwsError(error, CALL.action, CALL.resource);

      expect(message).toMatch(/^secretsmanager:GetSecretValue on [\w/-]+ failed \([^()]+\)\. [A-Z].*\.$/);
      expect(SECRETS.some((secret) => leaks(message, secret))).toBe(false);
    }));

  test('is described, if it is a bug, by its name and its place in the code', () => {
    // A line of the message that looks like a stack frame would be taken for one.
    const error = thrown.filter((one) => !(one instanceof Error && /^\s+at /m.test(one.message)));

    return forAll([error], runs(60), (one) => {
      const bug = describeBug(one);

      expect(bug.at.every((line) => line.startsWith('at '))).toBe(true);
      expect(bug.at.length).toBeLessThanOrEqual(8);
      expect(SECRETS.some((secret) => leaks(JSON.stringify(bug), secret))).toBe(false);
    });
  });
});

describe('the answer of the invoked refresher', () => {
  const answer = {
    connection: 'crm',
    outcome: 'throttled',
    generation: 7,
    expires_at: null,
    retry_after_seconds: 90,
  };
  const error = { errorType: 'Error', errorMessage: `Unexpected ${REFRESH_TOKEN}`, trace: [] };
  const payload = damagedJson(
    [answer, { ...answer, outcome: 'refreshed' }, { due: 1, refreshed: 1, failed: 0, skipped: 0 }, error],
    {
      outcome: [...REFRESH_OUTCOMES, 'not-due', 'Blocked', 'constructor', '', [REFRESH_OUTCOMES[0]]],
      generation: [0, 7, '7', null],
      retry_after_seconds: [0, -1, 0.5, '90', null, [90]],
    },
  );

  test('has an outcome and a waiting time if its JSON has them; otherwise the refresher is unavailable', () =>
    forAll([payload, fc.boolean()], runs(60), async ({ text, fields }, isError) => {
      const ask = askerOf(() => ({
        Payload: Buffer.from(text),
        ...(isError ? { FunctionError: 'Unhandled' } : {}),
      }));

      const outcome = fields?.get('outcome');
      const known = typeof outcome === 'string' && !isError ? outcome : 'unavailable';
      const seconds = fields?.get('retry_after_seconds');
      const isAnswer = known !== 'unavailable' && !REFUSALS.includes(known);
      const generation = fields?.get('generation');
      expect(await ask('crm', 7, 'unauthorized')).toEqual({
        outcome: REFUSALS.includes(known) ? 'refused' : known,
        ...(isAnswer && {
          generation: typeof generation === 'number' ? generation : undefined,
          retryAfterSeconds: typeof seconds === 'number' ? seconds : undefined,
        }),
      });
    }));

  const REFUSALS = ['invalid-request', 'unknown-connection', 'not-allowed'];
  const strange = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((Payload) => ({ Payload })),
    fc.constantFrom<unknown>(
      {},
      { Payload: null },
      { Payload: undefined, FunctionError: '' },
      undefined,
      null,
    ),
  );

  test('is unavailable for everything else, and refused only for AccessDeniedException', () =>
    forAll([strange, thrown, fc.boolean()], runs(60), async (result, failure, fails) => {
      const ask = askerOf(() => {
        if (fails) throw failure;
        return result;
      });

      const judged = await ask('crm', 7, 'unauthorized');

      const isDenied = fails && failure instanceof Error && failure.name === 'AccessDeniedException';
      expect(judged).toEqual({ outcome: isDenied ? 'refused' : 'unavailable' });
      expect(SECRETS.some((secret) => leaks(inspect(judged), secret))).toBe(false);
    }));

  test('is requested with an event that the refresher accepts', () =>
    forAll([connectionName, fc.maxSafeNat()], runs(40), async (connection, rejectedGeneration) => {
      const sent: unknown[] = [];
      const ask = askerOf((command) => sent.push(JSON.parse(String(command.input.Payload))));

      await ask(connection, rejectedGeneration, 'unauthorized');

      expect(sent.map(parseRefresherEvent)).toEqual([
        { action: 'refresh', connection, rejectedGeneration, reason: 'unauthorized' },
      ]);
    }));
});

function askerOf(send: (command: { readonly input: { readonly Payload?: unknown } }) => unknown) {
  const client = { send: (command: Parameters<typeof send>[0]) => Promise.resolve(command).then(send) };
  return createRefreshAsker(client as unknown as LambdaClient, 'refresher', () => {});
}
