import { expect, test, vi } from 'vitest';
import { readAudit } from '../../../../cli/audit/read-audit.ts';
import type { Session } from '../../../../cli/session.ts';
import { activeConnection, credentialsSecret, NOW_MS, secretFacts } from '../../../support/builders.ts';

const CALL_MS = 100;
const CONNECTIONS = 1_000;

/** Every call takes as long as a slow one of AWS. Listing a hundred secrets is one call, and so are the checks of the deployment. */
function slowSession() {
  let calls = 0;
  const later = <Value>(value: Value) => {
    calls += 1;
    return new Promise<Value>((resolve) => setTimeout(() => resolve(value), CALL_MS));
  };
  // A session reads them once.
  let settings: Promise<object> | undefined;
  const rows = Array.from({ length: CONNECTIONS }, (_, n) => activeConnection({ name: `crm-${n}` }));
  const denied = { send: () => Promise.reject(new Error('denied')) };
  const session = {
    aws: new Proxy({}, { get: () => denied }),
    runtime: { clock: { now: () => NOW_MS } },
    deployment: () => Promise.resolve({ stackName: 'Stack', secretPrefix: 'zoho', topics: {} }),
    list: () => later(rows),
    refresherSettings: () => {
      settings ??= later({ declaredConnections: {} });
      return settings;
    },
    secrets: () =>
      Promise.resolve({
        readCredentials: () => later({ kind: 'found', versionId: 'v', text: credentialsSecret() }),
        describe: () => later(secretFacts()),
      }),
  } as unknown as Session;
  return { session, calls: () => calls };
}

test('10,000 connections take less than a minute if each call of AWS takes 100 ms, with progress', async () => {
  vi.useFakeTimers();
  const { session, calls } = slowSession();
  const progress: string[] = [];

  const audit = readAudit(session, (message) => progress.push(message));
  const startedMs = Date.now();
  await vi.runAllTimersAsync();
  const tookMs = Date.now() - startedMs;
  vi.useRealTimers();

  expect((await audit).connections).toBe(CONNECTIONS);
  expect(calls()).toBe(3 * CONNECTIONS + 2);
  expect((tookMs * 10_000) / CONNECTIONS).toBeLessThan(60_000);
  expect(progress).toContain('500 of 1000 connections');
});
