import { afterEach, describe, expect, it } from 'vitest';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import {
  awsCalls,
  MINUTE_MS,
  refuseUntilBlocked,
  startAuthorizedDeployment,
  startDeployment,
} from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

const REJECTED = { reason: 'unauthorized', rejectedGeneration: 1 } as const;

describe('a refresh on demand', () => {
  it('needs one more read than a scheduled refresh, whose row came with the query', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const before = awsCalls(deployment);

    await deployment.refresh('crm-prod', REJECTED);

    expect(awsCalls(deployment) - before).toBe(6);
  });

  it('says when to ask again while another holder has the lease', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.zoho.holdNextCall();
    const first = deployment.refresh('crm-prod', REJECTED);
    await held.received;

    const second = await deployment.refresh('crm-prod', REJECTED);
    held.release();

    expect(second).toMatchObject({ outcome: 'in-progress', generation: 1, retry_after_seconds: 90 });
    expect(await first).toMatchObject({ outcome: 'refreshed', generation: 2 });
  });

  it('by operators may use eight of ten mints in ten minutes; the schedule keeps the rest', async () => {
    ({ deployment } = await startAuthorizedDeployment());

    const outcomes: string[] = [];
    for (let attempt = 0; attempt < 10; attempt += 1)
      outcomes.push((await deployment.refresh('crm-prod')).outcome);

    expect(outcomes.filter((outcome) => outcome === 'refreshed')).toHaveLength(7);
    expect(outcomes.at(-1)).toBe('budget-exhausted');
    expect(deployment.metrics.ofFleet('BudgetExhausted')).toHaveLength(3);
    expect((await deployment.refresh('crm-prod')).retry_after_seconds).toBe(705);
  });

  it('recovers by itself from a wrong refusal by Zoho', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.zoho.injectFault({ kind: 'error', error: 'invalid_code', calls: 1 });
    await deployment.refresh('crm-prod');

    await deployment.runMinutes(65, { every: 5 });

    expect(await deployment.readConnection('crm-prod')).toMatchObject({ status: 'active' });
  });

  it.each([false, true])(
    'counts a blocked connection at every check, so that its alarm stays (secrets unreadable: %s)',
    async (areSecretsUnreadable) => {
      ({ deployment } = await startAuthorizedDeployment());
      deployment.zoho.injectFault({ kind: 'error', error: 'invalid_code' });
      await refuseUntilBlocked(deployment);
      if (areSecretsUnreadable) deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });

      await deployment.runMinutes(30);

      const times = deployment.metrics.ofFleet('Blocked').map(({ atMs }) => atMs);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(6 * MINUTE_MS);
      expect(times.length).toBeGreaterThanOrEqual(6);
    },
  );

  it('says that a connection without credentials is blocked', async () => {
    deployment = await startDeployment();

    const answer = await deployment.refresh('crm-prod');

    expect(answer).toMatchObject({ outcome: 'blocked', generation: 0, expires_at: null });
  });

  it('works for a declared connection before the first tick registers it', async () => {
    deployment = await startDeployment();
    deployment.authorize('crm-prod');

    expect(await deployment.refresh('crm-prod')).toMatchObject({ outcome: 'refreshed', generation: 1 });
  });

  it('does not spend the budget on an outage: a rejected token waits for the back-off', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.zoho.injectFault({ kind: 'html-5xx' });
    await deployment.refresh('crm-prod', REJECTED);

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => deployment.refresh('crm-prod', REJECTED)),
    );

    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['failed']));
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });

  it('by consumers that reject every token costs seven mints, and then only the schedule mints', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const before = deployment.zoho.tokenCalls.length;

    for (let asked = 0; asked < 28; asked += 1) {
      const rejectedGeneration = deployment.readToken('crm-prod')?.generation ?? 0;
      const answer = await deployment.refresh('crm-prod', { reason: 'unauthorized', rejectedGeneration });
      const { nextAttemptAtMs } = await deployment.readConnection('crm-prod');
      const longestMs = Math.max(nextAttemptAtMs - deployment.clock.now(), MINUTE_MS);
      expect(1000 * (answer.retry_after_seconds ?? 0)).toBeLessThan(longestMs + 1000);
      deployment.clock.advance((asked < 10 ? 15 : 400) * 1000);
      await deployment.tick();
    }

    expect(deployment.zoho.tokenCalls.length - before).toBe(7 + 1);
    expect((await deployment.readConnection('crm-prod')).complaints.mintsMs).toHaveLength(7);
    expect(deployment.metrics.ofFleet('ComplaintsDeclined').length).toBeGreaterThan(10);
    expect(deployment.metrics.ofFleet('BudgetExhausted')).toEqual([]);
    expect(
      JSON.parse(deployment.log.lines.findLast((line) => line.includes('tokens-rejected')) ?? ''),
    ).toMatchObject({
      level: 'WARN',
      message: 'consumers reject fresh tokens',
      connection: 'crm-prod',
    });
  });
});
