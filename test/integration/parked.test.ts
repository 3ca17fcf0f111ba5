import { afterEach, describe, expect, it } from 'vitest';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MINUTE_MS, refuseUntilBlocked, startAuthorizedDeployment, updateRow } from '../support/sandbox.ts';

const DAY_MINUTES = 24 * 60;

let deployment: LocalDeployment;
afterEach(() => deployment.close());

/** A deployment whose connection has been blocked for seven days. Returns its refresh token. */
async function startParked(): Promise<string> {
  const { authorization, ...started } = await startAuthorizedDeployment();
  ({ deployment } = started);
  deployment.zoho.revoke(authorization.refreshToken);
  await refuseUntilBlocked(deployment);
  deployment.clock.advance(7 * DAY_MINUTES * MINUTE_MS);
  // The look at which it turns out to be parked.
  await deployment.tick();
  return authorization.refreshToken;
}

const subjects = () => deployment.aws.sns.messages.map(({ subject }) => subject);
const blockedCount = () => deployment.metrics.ofFleet('Blocked').length;
const reads = () =>
  deployment.aws.secretsManager.calls.filter(({ operation }) => operation === 'GetSecretValue').length;

describe('a connection that has been blocked for seven days', () => {
  it('is looked at once an hour, asked about once a day, and neither counted nor notified', async () => {
    await startParked();
    const before = { blocked: blockedCount(), reads: reads(), calls: deployment.zoho.tokenCalls.length };

    await deployment.runMinutes(2 * DAY_MINUTES, { every: 30 });

    expect(blockedCount()).toBe(before.blocked);
    expect(reads() - before.reads).toBeGreaterThan(40);
    expect(reads() - before.reads).toBeLessThanOrEqual(48);
    expect(deployment.zoho.tokenCalls.length - before.calls).toBeLessThanOrEqual(2);
    expect(subjects()).toEqual(['ALARM: Zoho crm-prod is blocked: invalid_code']);
  });

  it('notifies no one and is counted by nothing when consumers call with its expired token', async () => {
    await startParked();
    const before = { blocked: blockedCount(), calls: deployment.zoho.tokenCalls.length };
    const metrics = deployment.metrics.lines.length;

    for (let call = 0; call < 20; call += 1) {
      const answer = await deployment.refresh('crm-prod', { reason: 'unauthorized', rejectedGeneration: 1 });
      expect(answer).toMatchObject({ outcome: 'blocked' });
      deployment.clock.advance(MINUTE_MS);
    }

    expect(deployment.zoho.tokenCalls.length).toBe(before.calls);
    expect(deployment.metrics.lines.length).toBe(metrics);
    expect(subjects()).toHaveLength(1);
  });

  it('has a token as soon as it is authorized and asked for, and its recovery is notified once', async () => {
    await startParked();
    deployment.authorize('crm-prod');

    expect(await deployment.refresh('crm-prod', { reason: 'operator' })).toMatchObject({
      outcome: 'refreshed',
    });
    await deployment.runMinutes(10);

    expect(subjects()).toEqual([
      'ALARM: Zoho crm-prod is blocked: invalid_code',
      'OK: Zoho crm-prod has recovered',
    ]);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      blockedAtMs: undefined,
    });
  });

  it('recovers within an hour of new credentials even if no one asks', async () => {
    await startParked();
    deployment.authorize('crm-prod');

    await deployment.runMinutes(61);

    expect((await deployment.readConnection('crm-prod')).status).toBe('active');
  });
});

it('a connection that an earlier version blocked is parked seven days after its next look', async () => {
  const { authorization, ...started } = await startAuthorizedDeployment();
  ({ deployment } = started);
  deployment.zoho.revoke(authorization.refreshToken);
  await refuseUntilBlocked(deployment);
  await updateRow(deployment, 'SET failures = :one REMOVE blockedAt', { ':one': { N: '1' } });

  await deployment.runMinutes(6);

  const { blockedAtMs } = await deployment.readConnection('crm-prod');
  expect(blockedAtMs).toBeGreaterThan(deployment.clock.now() - 6 * MINUTE_MS);
});
