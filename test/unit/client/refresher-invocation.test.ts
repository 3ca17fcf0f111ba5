import { describe, expect, it } from 'vitest';
import { createRefreshAsker } from '../../../lambdas/client/refresher-invocation.ts';
import type { ClientWarning } from '../../../lambdas/client/warn-once.ts';
import { sdkError } from '../../support/put-metric-data.ts';

const MEANWHILE = 'Until then, rejected tokens are replaced only when due.';

/** Asks a refresher that returns what is given, or fails with it. The last answer is repeated. */
async function ask(result: object, reason: 'unauthorized' | 'expired' = 'unauthorized', later = result) {
  const warnings: ClientWarning[] = [];
  const sent: unknown[] = [];
  const send = (command: { input: unknown }) => {
    sent.push(command.input);
    const answer = sent.length === 1 ? result : later;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const askRefresher = createRefreshAsker({ send } as never, 'its-function', (warning) =>
    warnings.push(warning),
  );
  return { answer: await askRefresher('crm-prod', 7, reason), sent, warnings };
}

const reasonOf = (input: unknown) => JSON.parse((input as { Payload: string }).Payload).reason as string;
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
    [{ outcome: 'throttled', generation: 7, retry_after_seconds: 30 }, 7, 30],
    [{ outcome: 'throttled', generation: '7', retry_after_seconds: '30' }, undefined, undefined],
    [{ outcome: 'throttled' }, undefined, undefined],
  ])(
    'answers with its outcome, the published generation, and when to ask again: %j',
    async (json, generation, retryAfterSeconds) => {
      const { answer } = await ask(payload(json));

      expect(answer).toEqual({ outcome: 'throttled', generation, retryAfterSeconds });
    },
  );

  it('is invoked with the reason that the token has expired', async () => {
    const { answer, sent } = await ask(payload({ outcome: 'already-fresh', generation: 7 }), 'expired');

    expect(sent.map(reasonOf)).toEqual(['expired']);
    expect(answer).toMatchObject({ outcome: 'already-fresh', generation: 7 });
  });

  it.each([
    ['fails', { ...payload({}), FunctionError: 'Unhandled' }],
    ['answers invalid-request', payload({ outcome: 'invalid-request', message: 'Because.' })],
  ])('of an earlier version that %s is asked once more, for a reason that it knows', async (_, result) => {
    const known = await ask(result, 'expired', payload({ outcome: 'refreshed' }));
    const still = await ask(result, 'expired');

    expect(known.sent.map(reasonOf)).toEqual(['expired', 'unauthorized']);
    expect(known).toMatchObject({ answer: { outcome: 'refreshed' }, warnings: [] });
    expect(still.sent).toHaveLength(2);
    expect(still.warnings).toHaveLength(1);
  });

  it('that does not answer in time is unavailable', async () => {
    const warnings: ClientWarning[] = [];
    const asker = createRefreshAsker(
      { send: () => new Promise(() => {}) } as never,
      'its-function',
      (warning) => warnings.push(warning),
      { sleep: () => Promise.resolve() } as never,
    );

    expect(await asker('crm-prod', 7, 'unauthorized')).toEqual({ outcome: 'unavailable' });
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

    expect(answer).toEqual({ outcome: 'tea', generation: undefined, retryAfterSeconds: 9 });
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
