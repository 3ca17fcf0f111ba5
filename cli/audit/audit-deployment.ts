import { readRunbookAddress } from '../deployment/runbook-address.ts';
import { judgeAlarmSetup, readAlarmSetup } from '../doctor/alarm-setup.ts';
import { judgeEncryptionKey, readEncryptionKey } from '../doctor/encryption-key.ts';
import type { Finding } from '../doctor/finding.ts';
import { judgeSubscriptions, readSubscriptions } from '../doctor/subscriptions.ts';
import type { Session } from '../session.ts';
import { linkDocuments } from '../terminal/link-documents.ts';
import type { AuditFinding, AuditRule, Unseen } from './finding.ts';

/** Audits what all connections share, with the checks of `doctor`: whether the key works, and whether someone is notified. */
export async function auditDeployment(
  session: Session,
): Promise<{ readonly findings: readonly AuditFinding[]; readonly unseen: readonly Unseen[] }> {
  const [key, alarms, subscriptions, runbooks] = await Promise.all([
    readEncryptionKey(session),
    readAlarmSetup(session),
    readSubscriptions(session),
    readRunbookAddress(session),
  ]);
  const link = (text: string) => linkDocuments(text, runbooks);
  const judged: readonly (readonly [AuditRule, Finding])[] = [
    ['encryption-key', judgeEncryptionKey(key)],
    ['alarm-setup', judgeAlarmSetup(alarms)],
    ['subscriptions', judgeSubscriptions(subscriptions)],
  ];
  return {
    findings: judged.flatMap(([rule, { result, found, fix = '', details = [] }]) =>
      result === 'fail' ? [{ rule, what: link([found, ...details].join('; ')), fix: link(fix) }] : [],
    ),
    unseen: judged.flatMap(([rule, { result, found, fix = '' }]) =>
      result === 'unknown' ? [{ what: WHAT[rule] ?? rule, missing: link(`${found}. ${fix}`) }] : [],
    ),
  };
}

const WHAT: Readonly<Partial<Record<AuditRule, string>>> = {
  'encryption-key': 'the state of the key',
  'alarm-setup': 'whether the alarms exist',
  subscriptions: 'who is notified',
};
