import { afterEach, expect, it } from 'vitest';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

/** Zoho begins to refuse the connection, and a consumer is the first to notice. Then there are only ticks. */
async function refuse(prepare: () => void = () => {}) {
  const started = await startAuthorizedDeployment();
  ({ deployment } = started);
  deployment.clock.advance(20 * MINUTE_MS);
  deployment.zoho.revoke(started.authorization.refreshToken);
  prepare();
  const refusedAtMs = deployment.clock.now();
  await deployment.refresh('crm-prod', { reason: 'unauthorized', rejectedGeneration: 1 });
  expect((await deployment.readConnection('crm-prod')).status).toBe('active');
  await deployment.runMinutes(10);
  const [message] = deployment.aws.sns.messages;
  const { blockedAtMs = Number.NaN } = await deployment.readConnection('crm-prod');
  return { message, refusedAtMs, blockedAtMs };
}

it('on-call is notified of a refusal within five minutes of the first', async () => {
  const { message, refusedAtMs, blockedAtMs } = await refuse();

  expect(message?.subject).toBe('ALARM: Zoho crm-prod is blocked: invalid_code');
  expect(message?.atMs).toBeLessThanOrEqual(refusedAtMs + 5 * MINUTE_MS);
  expect(message?.atMs).toBe(blockedAtMs);
});

it('on-call is notified within 90 seconds of the confirmation, although SNS fails meanwhile', async () => {
  const { message, blockedAtMs } = await refuse(() => {
    // Once, and in the repetition of the SDK.
    deployment.aws.sns.faults.failNext({ operation: 'Publish', error: 'InternalFailure', times: 2 });
  });

  expect(message?.atMs).toBeGreaterThan(blockedAtMs);
  expect(message?.atMs).toBeLessThanOrEqual(blockedAtMs + 90_000);
});
