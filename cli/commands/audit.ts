import { type Command, Option } from 'commander';
import { AUDIT_RULES, type AuditReport, type AuditRule } from '../audit/finding.ts';
import { listAuthorizedBy } from '../audit/list-authorized-by.ts';
import { readAudit } from '../audit/read-audit.ts';
import { renderAudit } from '../audit/render-audit.ts';
import type { Runner } from './runner.ts';

interface AuditOptions {
  readonly json?: boolean;
  readonly ignore: readonly AuditRule[];
  readonly authorizedBy?: string;
}

/** `audit`: what should be reviewed, over all connections. */
export function addAudit(program: Command, run: Runner): void {
  program
    .command('audit')
    .description(
      'find old or broad authorizations, connections that do not work or are unused, and unheard alarms',
    )
    .option('--json', 'print JSON')
    .addOption(
      new Option('--ignore <rules...>', 'rules whose findings to leave out')
        .choices(AUDIT_RULES)
        .default([], 'none'),
    )
    .option('--authorized-by <person>', 'only list the connections that this person authorized')
    .addHelpText(
      'after',
      `
Rules, for each connection that is in use or paused:
  self-client           its client is a self client, which depends on the account of one user
  stale-authorization   it was authorized more than 365 days ago
  broad-scope           a granted scope ends in ALL, and Zoho documents narrower ones
  unread                its token has not been read in this region for 30 days. Secrets Manager
                        records the day, and the refresher's own reads count too
  blocked               it has been blocked for more than a day
  never-authorized      it has no credentials yet
  many-consents         15 or more of the 20 consents that Zoho keeps per user and client are in use.
                        They are counted by client where it is not recorded who consented
  row-without-secret    its credentials or its token secret do not exist any more
  secret-without-row    it has secrets, but no row in the connections table
  unfinished-move       its secrets are left in the store from which it was moved
Rules for the deployment:
  encryption-key        the KMS key of the secrets cannot be used
  alarm-setup           an alarm does not exist, or its actions are disabled
  subscriptions         neither the page topic nor the alarm topic has a confirmed subscription
  unconfirmed-invite    someone has consented with an invite, and no one has confirmed who it was
The exit code is 1 when there are findings. What you have no permission to read is listed, but is not
a finding.

A person is an email, a Zoho user or organization, or an AWS principal or its last part.

Examples:
  zoho-tokens audit
  zoho-tokens audit --authorized-by ann@example.com
  zoho-tokens audit --ignore broad-scope unread      in CI
  zoho-tokens audit --json | jq '.findings[] | select(.rule == "self-client").connection'`,
    )
    .action(
      run(async (session, { json = false, ignore, authorizedBy }: AuditOptions) => {
        const { terminal } = session.runtime;
        if (authorizedBy !== undefined) return await listAuthorizedBy(session, authorizedBy, json);
        const audit = await terminal.withProgress('Auditing', ({ update }) =>
          readAudit(session, (message) => update(`Auditing: ${message}`)),
        );
        const report = withoutRules(audit, ignore);
        terminal.print(json ? JSON.stringify(report, null, 2) : renderAudit(report, terminal));
        return report.findings.length === 0 ? 0 : 1;
      }),
    );
}

function withoutRules(report: AuditReport, ignored: readonly AuditRule[]): AuditReport {
  return { ...report, findings: report.findings.filter(({ rule }) => !ignored.includes(rule)) };
}
