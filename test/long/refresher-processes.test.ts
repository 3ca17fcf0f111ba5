import { afterEach, describe, expect, it } from 'vitest';
import type { RefreshDueResponse, RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { RefresherProcess } from '../../sandbox/processes/refresher-process.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

const PROCESSES = 4;

let deployment: LocalDeployment;
let processes: RefresherProcess[] = [];
afterEach(() => deployment.close());

async function startProcesses(count: number): Promise<void> {
  processes = await Promise.all(Array.from({ length: count }, (_, seed) => deployment.startProcess(seed)));
}

describe('separate operating-system processes on one table', () => {
  it('that receive the same tick at once mint once', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    await startProcesses(PROCESSES);
    deployment.clock.advance(56 * MINUTE_MS);

    const answers = await Promise.all(
      processes.map((process) =>
        process.invoke<RefreshDueResponse>({ action: 'refresh-due' }, deployment.clock.now()),
      ),
    );

    expect(answers.reduce((sum, { refreshed }) => sum + refreshed, 0)).toBe(1);
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
    expect(deployment.readToken('crm-prod')?.generation).toBe(2);
  });

  it('that report the same rejected token at once: one mints, the others are in progress or already fresh', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    await startProcesses(PROCESSES);
    const event = {
      action: 'refresh',
      connection: 'crm-prod',
      reason: 'unauthorized',
      rejectedGeneration: 1,
    };

    const answers = await Promise.all(
      processes.flatMap((process) =>
        Array.from({ length: 10 }, () => process.invoke<RefreshResponse>(event, deployment.clock.now())),
      ),
    );

    const outcomes = answers.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'refreshed')).toHaveLength(1);
    expect(outcomes.every((outcome) => ['refreshed', 'in-progress', 'already-fresh'].includes(outcome))).toBe(
      true,
    );
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });

  it('of which one has a clock that is a day ahead work with the same time', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const process = await deployment.startProcess(1, { clockAheadMs: 24 * 60 * MINUTE_MS });
    const tick = () => process.invoke<RefreshDueResponse>({ action: 'refresh-due' }, deployment.clock.now());

    deployment.clock.advance(30 * MINUTE_MS);
    const idle = await tick();
    deployment.clock.advance(26 * MINUTE_MS);
    const due = await tick();

    expect([idle.due, due.refreshed]).toEqual([0, 1]);
    expect(deployment.readToken('crm-prod')?.issued_at).toMatch(/^2026-01-05T09:56:0/);
    expect(deployment.metrics.ofFleet('ClockSkewSeconds')).toHaveLength(2);
  });

  it('of which the holder is killed during a mint: the next one takes over when the lease ends', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    await startProcesses(2);
    const [victim, survivor] = processes;
    deployment.clock.advance(54 * MINUTE_MS);
    const held = deployment.zoho.holdNextCall();
    const lost = victim
      ?.invoke({ action: 'refresh-due' }, deployment.clock.now())
      .catch((error: Error) => error.message);
    await held.received;
    await victim?.kill();
    held.abandon();

    const during = await survivor?.invoke<RefreshDueResponse>(
      { action: 'refresh-due' },
      deployment.clock.now(),
    );
    deployment.clock.advance(90_000);
    const after = await survivor?.invoke<RefreshDueResponse>(
      { action: 'refresh-due' },
      deployment.clock.now(),
    );

    expect(await lost).toContain('SIGKILL');
    expect(during).toMatchObject({ due: 0 });
    expect(after).toMatchObject({ due: 1, refreshed: 1 });
    expect(deployment.readToken('crm-prod')?.generation).toBe(3);
  });

  it.skipIf(process.platform === 'win32')(
    'of which the holder is stopped during a mint until after its lease: its token comes too late',
    async () => {
      ({ deployment } = await startAuthorizedDeployment());
      await startProcesses(2);
      const [sleeper, survivor] = processes;
      deployment.clock.advance(54 * MINUTE_MS);
      const held = deployment.zoho.holdNextCall();
      const late = sleeper?.invoke<RefreshDueResponse>({ action: 'refresh-due' }, deployment.clock.now());
      await held.received;
      sleeper?.stop();
      held.release();
      deployment.clock.advance(90_000);
      await survivor?.invoke<RefreshDueResponse>({ action: 'refresh-due' }, deployment.clock.now());
      const published = deployment.readToken('crm-prod');

      sleeper?.continue();
      const answer = await late;

      expect(published?.generation).toBe(3);
      expect(answer).toMatchObject({ due: 1, refreshed: 0 });
      expect(deployment.readToken('crm-prod')).toEqual(published);
      expect((await deployment.readConnection('crm-prod')).publishedGeneration).toBe(3);
    },
  );
});
