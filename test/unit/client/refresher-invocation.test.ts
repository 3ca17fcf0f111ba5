import { describe, expect, it } from 'vitest';
import { createRefreshAsker } from '../../../lambdas/client/refresher-invocation.ts';
import type { ClientWarning } from '../../../lambdas/client/warn-once.ts';
import { sdkError } from '../../support/put-metric-data.ts';

const MEANWHILE = 'Meanwhile a token that Zoho rejects is replaced only when its next refresh is due.';

/** Asks a refresher that returns what is given, or fails with it. */
async function ask(result: object) {
  const warnings: ClientWarning[] = [];
  const sent: unknown[] = [];
  const send = (command: { input: unknown }) => {
    sent.push(command.input);
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  const askRefresher = createRefreshAsker({ send } as never, 'its-function', (warning) =>
    warnings.push(warning),
  );
  return { answer: await askRefresher('crm-prod', 7), sent, warnings };
}

const payload = (json: unknown) => ({ Payload: Buffer.from(JSON.stringify(json)) });

describe('the refresher', () => {
  it('is invoked with the connection and the rejected generation', async () => {
    const { sent, warnings } = await ask(payload({ outcome: 'refreshed' }));

    const event = {
      action: 'refresh',
      connection: 'crm-prod',
      rejectedGeneration: 7,
      reason: 'unauthorized',
    };
    expect(sent).toEqual([{ FunctionName: 'its-function', Payload: JSON.stringify(event) }]);
    expect(warnings).toEqual([]);
  });

  it.each([
    [{ outcome: 'throttled', retry_after_seconds: 30 }, 30],
    [{ outcome: 'throttled', retry_after_seconds: '30' }, undefined],
    [{ outcome: 'throttled' }, undefined],
  ])('answers with its outcome, and with when to ask again: %j', async (json, retryAfterSeconds) => {
    const { answer } = await ask(payload(json));

    expect(answer).toEqual({ kind: 'answered', outcome: 'throttled', retryAfterSeconds });
  });

  it.each([
    ['fails', { ...payload({ outcome: 'refreshed' }), FunctionError: 'Unhandled' }],
    ['returns an unknown outcome', payload({ outcome: 'tea' })],
    ['returns no JSON', { Payload: Buffer.from('oops') }],
    ['returns nothing', {}],
  ])('is unavailable when it %s, with a warning', async (_, result) => {
    const message = `The refresher its-function failed. See its log. ${MEANWHILE}`;

    expect(await ask(result)).toMatchObject({
      answer: { kind: 'unavailable' },
      warnings: [{ code: 'refresher_unavailable', reason: 'function-error', message }],
    });
  });

  it.each([
    ['AccessDeniedException', 'refused', 'denied', 'Allow this process lambda:InvokeFunction on it.'],
    ['ResourceNotFoundException', 'unavailable', 'not-found', 'Check its name and the AWS region.'],
    ['TooManyRequestsException', 'unavailable', 'throttled', 'AWS throttles this call.'],
    ['TimeoutError', 'unavailable', 'unavailable', 'Check the network and the AWS region.'],
  ])('that cannot be asked is a warning: %s', async (name, kind, reason, advice) => {
    const message = `lambda:InvokeFunction on its-function failed (${name}). ${advice} ${MEANWHILE}`;

    expect(await ask(sdkError(name))).toMatchObject({
      answer: { kind },
      warnings: [{ code: 'refresher_unavailable', reason, message }],
    });
  });
});
