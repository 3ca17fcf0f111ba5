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

    expect(answer).toEqual({ outcome: 'throttled', retryAfterSeconds });
  });

  it('that does not answer in time is unavailable', async () => {
    const warnings: ClientWarning[] = [];
    const asker = createRefreshAsker(
      { send: () => new Promise(() => {}) } as never,
      'its-function',
      (warning) => warnings.push(warning),
      { sleep: () => Promise.resolve() } as never,
    );

    expect(await asker('crm-prod', 7)).toEqual({ outcome: 'unavailable' });
    expect(warnings.map(({ message }) => message)).toEqual([
      `The refresher its-function did not answer within 20 s. ${MEANWHILE}`,
    ]);
  });

  it('that explains itself at length is quoted up to 500 characters', async () => {
    const { warnings } = await ask(payload({ outcome: 'not-allowed', message: 'x'.repeat(501) }));

    expect(warnings[0]?.message).toContain(`: ${'x'.repeat(500)} ${MEANWHILE}`);
  });

  it('may answer with an outcome that this version does not know', async () => {
    const { answer, warnings } = await ask(payload({ outcome: 'tea', retry_after_seconds: 9 }));

    expect(answer).toEqual({ outcome: 'tea', retryAfterSeconds: 9 });
    expect(warnings).toEqual([]);
  });

  it.each(['invalid-request', 'unknown-connection', 'not-allowed'])(
    'that answers %s refuses the request, with a warning once for each',
    async (outcome) => {
      const message = `The refresher its-function refuses this request: Because. ${MEANWHILE}`;

      expect(await ask(payload({ outcome, message: 'Because.' }))).toMatchObject({
        answer: { outcome: 'refused' },
        warnings: [{ code: 'refresher_unavailable', reason: outcome, message }],
      });
    },
  );

  it.each([
    ['fails', { ...payload({ outcome: 'refreshed' }), FunctionError: 'Unhandled' }],
    ['returns no outcome', payload({ outcome: 7 })],
    ['returns no JSON', { Payload: Buffer.from('oops') }],
    ['returns nothing', {}],
  ])('is unavailable when it %s, with a warning', async (_, result) => {
    const message = `The refresher its-function failed. See its log. ${MEANWHILE}`;

    expect(await ask(result)).toMatchObject({
      answer: { outcome: 'unavailable' },
      warnings: [{ code: 'refresher_unavailable', message }],
    });
  });

  it.each([
    ['AccessDeniedException', 'refused', 'Allow this process lambda:InvokeFunction on it.'],
    ['ResourceNotFoundException', 'unavailable', 'Check its name and the AWS region.'],
    ['TooManyRequestsException', 'unavailable', 'AWS throttles this call.'],
    ['TimeoutError', 'unavailable', 'Check the network and the AWS region.'],
  ])('that cannot be asked is a warning: %s', async (name, outcome, advice) => {
    const message = `lambda:InvokeFunction on its-function failed (${name}). ${advice} ${MEANWHILE}`;

    expect(await ask(sdkError(name))).toMatchObject({
      answer: { outcome },
      warnings: [{ code: 'refresher_unavailable', message }],
    });
  });
});
