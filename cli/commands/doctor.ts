import type { Command } from 'commander';
import { valueIfRead } from '../aws/try-read.ts';
import { CancelledError, UsageError } from '../cli-error.ts';
import { readRunbookAddress } from '../deployment/runbook-address.ts';
import type { Check, DeploymentContext, DoctorOptions } from '../doctor/check.ts';
import { checksFor } from '../doctor/checks.ts';
import { otherDataCenters } from '../doctor/data-center-probe.ts';
import { deploymentChecks } from '../doctor/deployment-checks.ts';
import {
  credentialsOf,
  type DiagnosedConnection,
  readDiagnosedConnection,
} from '../doctor/diagnosed-connection.ts';
import type { CheckResult, Finding } from '../doctor/finding.ts';
import { renderFinding } from '../doctor/render-finding.ts';
import { waitOutThrottling } from '../doctor/wait-out-throttling.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { linkDocuments } from '../terminal/link-documents.ts';
import type { Runner } from './runner.ts';

interface GivenOptions extends Partial<DoctorOptions> {
  readonly json?: boolean;
  readonly yes?: boolean;
}

interface CheckedFinding extends Finding {
  readonly check: string;
}

/** `doctor [NAME]`: runs every diagnostic check of a connection, or of what all connections need. */
export function addDoctor(program: Command, run: Runner): void {
  program
    .command('doctor')
    .description('find out what is wrong with a connection or the deployment, and how to fix it')
    .argument('[name]', 'connection (default: only what all connections need)')
    .option('--json', 'print JSON')
    .option('--probe-data-centers', 'try the credentials in the other data centers, once each (asks first)')
    .option('--yes', 'with --probe-data-centers: do not ask')
    .option('--access', 'check who can read the credentials, even with more than 200 roles and users')
    .addHelpText(
      'after',
      `
Checks the row, both secrets, their key, the schedule, metrics, alarms, who is notified, and
permissions, and changes nothing. With the setting consent also its pages and open invites; whether a
client has their redirect URI at Zoho cannot be checked. In a fleet also the store of the connection,
whether a move to it has finished, and the shard that refreshes it.

Without a name, it checks the key, the schedules (also those of all shards), metrics, alarms, who is
notified, and the consent pages.

Each check passes, fails, or is unknown, for example because you have no permission. The exit code
is 1 when a check failed.

--probe-data-centers sends the client id, client secret and refresh token to Zoho's accounts servers
of the other data centers, one after another, until one accepts them. Use it after invalid_client.

Examples:
  zoho-tokens doctor
  zoho-tokens doctor crm-prod
  zoho-tokens doctor crm-prod --probe-data-centers
  zoho-tokens doctor crm-prod --json | jq '.checks[] | select(.result == "fail")'`,
    )
    .action(run(doctor));
}

async function doctor(session: Session, given: string | undefined, options: GivenOptions): Promise<ExitCode> {
  const { json = false } = options;
  const { terminal } = session.runtime;
  const { name, runs } =
    given === undefined ? await ofDeployment(session, options) : await ofConnection(session, given, options);
  const checks: CheckedFinding[] = [];
  for (const { check, run } of runs) {
    const finding = await terminal.withProgress(`Checking ${check}`, ({ update }) =>
      run((message) => update(`Checking ${check}: ${message}`)),
    );
    checks.push({ check, ...finding });
    if (!json) terminal.print(renderFinding(check, finding, terminal));
  }
  terminal.print(json ? JSON.stringify({ connection: name, checks }, null, 2) : summarize(checks));
  return countOf(checks, 'fail') === 0 ? 0 : 1;
}

/** The checks to run, and of which connection. */
interface Examination {
  readonly name: string | null;
  readonly runs: readonly {
    readonly check: string;
    readonly run: (onProgress: (message: string) => void) => Promise<Finding>;
  }[];
}

async function ofConnection(session: Session, given: string, options: GivenOptions): Promise<Examination> {
  const { yes = false, probeDataCenters = false, access = false } = options;
  const { terminal, clock } = session.runtime;
  const connection = await terminal.withProgress('Reading the connection', () =>
    readDiagnosedConnection(session, given),
  );
  if (probeDataCenters && !yes) await confirmProbe(session, connection);
  const chosen = { probeDataCenters, access };
  const { runbookBaseUrl } = valueIfRead(connection.settings) ?? {};
  const checks = checksFor(connection, await session.deployment(), chosen);
  return {
    name: connection.name,
    runs: checks.map(({ name, run }) => ({
      check: name,
      run: async (onProgress) => {
        const finding = await run({ session, connection, options: chosen, onProgress });
        return linkFinding(
          waitOutThrottling(finding, valueIfRead(connection.row), clock.now()),
          runbookBaseUrl,
        );
      },
    })),
  };
}

async function ofDeployment(
  session: Session,
  { probeDataCenters, access }: GivenOptions,
): Promise<Examination> {
  if (probeDataCenters === true || access === true)
    throw new UsageError(
      `${probeDataCenters === true ? '--probe-data-centers' : '--access'} needs the name of a connection.`,
      'Run: zoho-tokens doctor NAME',
    );
  const checks: readonly Check<DeploymentContext>[] = deploymentChecks(await session.deployment());
  const runbooks = await readRunbookAddress(session);
  return {
    name: null,
    runs: checks.map(({ name, run }) => ({
      check: name,
      run: async (onProgress) => linkFinding(await run({ session, onProgress }), runbooks),
    })),
  };
}

function linkFinding({ found, fix, details, ...rest }: Finding, runbookBaseUrl: string | undefined): Finding {
  const link = (text: string) => linkDocuments(text, runbookBaseUrl);
  return {
    ...rest,
    found: link(found),
    ...(fix !== undefined && { fix: link(fix) }),
    ...(details !== undefined && { details: details.map(link) }),
  };
}

/** Credentials are sent to other data centers only after a confirmation. */
async function confirmProbe(session: Session, connection: DiagnosedConnection): Promise<void> {
  const credentials = credentialsOf(connection);
  if (credentials === undefined) return;
  const others = otherDataCenters(credentials).join(', ');
  const isConfirmed = await session.runtime.terminal.prompts.confirm({
    message: `Send the client id, client secret and refresh token of ${connection.name} to Zoho's accounts servers in ${others}, one call each?`,
    withoutTerminal: 'Use --yes.',
  });
  if (!isConfirmed) throw new CancelledError('Cancelled. Nothing was sent to Zoho.');
}

function summarize(checks: readonly CheckedFinding[]): string {
  const [failed, unknown] = [countOf(checks, 'fail'), countOf(checks, 'unknown')];
  const problems = failed === 0 ? 'No problems found.' : `${failed} of ${checks.length} checks failed.`;
  if (unknown === 0) return problems;
  return `${problems} ${unknown} of ${checks.length} ${unknown === 1 ? 'is' : 'are'} unknown.`;
}

function countOf(checks: readonly CheckedFinding[], wanted: CheckResult): number {
  return checks.filter(({ result }) => result === wanted).length;
}
