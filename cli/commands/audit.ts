import { type Command, Option } from 'commander';
import { AUDIT_RULES, type AuditReport, type AuditRule } from '../audit/finding.ts';
import { readAudit } from '../audit/read-audit.ts';
import { renderAudit } from '../audit/render-audit.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface AuditOptions {
  readonly json?: boolean;
  readonly ignore: readonly AuditRule[];
}

/** `audit`: what somebody should decide about, over all connections. */
export function addAudit(program: Command, run: Runner): void {
  program
    .command('audit')
    .description('find self clients, old and broad authorizations, and connections that nobody uses or mends')
    .option('--json', 'as JSON, for other programs')
    .addOption(
      new Option('--ignore <rules...>', 'findings that are decided already').choices(AUDIT_RULES).default([]),
    )
    .addHelpText(
      'after',
      `
Finds, of each connection that is not switched off:
  self-client           its client belongs to one person's account
  stale-authorization   it was authorized more than 365 days ago
  broad-scope           a granted scope ends in ALL, and narrower ones exist
  unread                nobody has read its token for 30 days. Secrets Manager keeps the day, in this region, and the
                        refresher's own reads count; who reads it is in CloudTrail, which is not asked
  blocked               it has been blocked for more than a day
Exit code 1 when there is a finding. What you may not see is said to be unseen, and is none.

Examples:
  zoho-tokens audit
  zoho-tokens audit --ignore broad-scope unread      in CI
  zoho-tokens audit --json | jq '.findings[] | select(.rule == "self-client").connection'`,
    )
    .action(
      run(async (session, { json = false, ignore }: AuditOptions) => {
        const report = without(await auditWithProgress(session), ignore);
        const { terminal } = session.machine;
        terminal.print(json ? JSON.stringify(report, null, 2) : renderAudit(report, terminal));
        return report.findings.length === 0 ? 0 : 1;
      }),
    );
}

function without(report: AuditReport, ignored: readonly AuditRule[]): AuditReport {
  return { ...report, findings: report.findings.filter(({ rule }) => !ignored.includes(rule)) };
}

async function auditWithProgress(session: Session): Promise<AuditReport> {
  const progress = session.machine.terminal.progress('Auditing');
  try {
    return await readAudit(session, (message) => progress.update(`Auditing: ${message}`));
  } finally {
    progress.stop();
  }
}
