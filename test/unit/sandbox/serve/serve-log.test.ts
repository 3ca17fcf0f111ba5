import { describe, expect, it } from 'vitest';
import { ServeLog } from '../../../../sandbox/serve/serve-log.ts';

function collect() {
  const lines: string[] = [];
  const log = new ServeLog(
    (line) => lines.push(line),
    () => Date.UTC(2026, 0, 5, 9),
  );
  const add = (entry: object) => log.add(JSON.stringify({ level: 'INFO', service: 'zoho', ...entry }));
  return { lines, add, log };
}

describe('the log at a terminal', () => {
  it('has one line per refresh and failure', () => {
    const { lines, add } = collect();

    add({ message: 'refreshed', connection: 'crm-eu', generation: 2, expiresAt: '2026-01-05T10:00:00.000Z' });
    add({ level: 'WARN', message: 'refresh failed', connection: 'crm-eu', code: 'zoho_5xx', reason: 'why' });
    add({ level: 'WARN', message: 'refresh failed', connection: 'crm-eu', code: 'zoho_5xx', reason: 'why' });

    expect(lines).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d {2}crm-eu {4}refreshed: generation 2, valid until 2026-01-05T10:00/,
      ),
      expect.stringMatching(/crm-eu {4}refresh failed: zoho_5xx: why$/),
      expect.stringMatching(/crm-eu {4}refresh failed: zoho_5xx: why$/),
    ]);
  });

  it('names declared scopes that are not granted', () => {
    const { lines, add } = collect();

    add({ level: 'WARN', message: 'refreshed', connection: 'crm-eu', missingScopes: ['A.READ', 'B.ALL'] });

    expect(lines).toEqual([expect.stringMatching(/; declared but not granted: A\.READ, B\.ALL$/)]);
  });

  it('shows an event of the event bus', () => {
    const { lines, log } = collect();

    log.addEvent({
      id: '1',
      source: 'zoho-token-refresher',
      'detail-type': 'Zoho Connection State Change',
      time: '2026-01-05T09:00:00Z',
      detail: { connection: 'crm-eu', state: 'blocked', reason: 'why' },
    });

    expect(lines).toEqual([expect.stringMatching(/crm-eu {4}event: blocked$/)]);
  });

  it('shows a notification as on-call reads it: the reason, the fix and the runbook', () => {
    const { lines, log } = collect();

    log.addNotification({
      subject: 'ALARM: Zoho crm-eu is blocked: invalid_code',
      message: 'Zoho crm-eu is blocked.\n\nReason: why\nFix: how\nRunbook: https://wiki.example/X.md',
      attributes: { connection: 'crm-eu' },
    });

    expect(lines).toEqual([
      expect.stringMatching(/crm-eu {4}notification: ALARM: Zoho crm-eu is blocked: invalid_code$/),
      expect.stringMatching(/^ +Zoho crm-eu is blocked\.$/),
      expect.stringMatching(/^ +Reason: why$/),
      expect.stringMatching(/^ +Fix: how$/),
      expect.stringMatching(/^ +Runbook: https:\/\/wiki\.example\/X\.md$/),
    ]);
  });

  it('says once that a connection waits, and again when it waits anew', () => {
    const { lines, add } = collect();
    const wait = { message: 'waiting for credentials', connection: 'crm-eu', code: 'no_credentials' };

    add(wait);
    add(wait);
    add({ ...wait, connection: 'desk-us' });
    add({ message: 'refreshed', connection: 'crm-eu', generation: 1 });
    add(wait);

    expect(lines.filter((line) => line.includes('waiting'))).toHaveLength(3);
  });

  it('leaves out what is no news, and every field that it does not know', () => {
    const { lines, add } = collect();

    add({ message: 'not refreshed', connection: 'crm-eu', outcome: 'not-due' });
    add({ level: 'DEBUG', message: 'detail' });
    add({ level: 'ERROR', message: 'the invocation failed', code: 'x', accessToken: '1000.a.b' });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('the invocation failed: x');
    expect(lines[0]).not.toContain('1000.');
  });
});
