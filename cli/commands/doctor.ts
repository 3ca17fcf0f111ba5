import type { Command } from 'commander';
import { CancelledError } from '../cli-error.ts';
import { type Check, checksFor, type DoctorOptions } from '../doctor/checks.ts';
import { otherDataCenters } from '../doctor/data-center-probe.ts';
import { credentialsOf, type Patient, readPatient } from '../doctor/diagnosed-connection.ts';
import type { Finding } from '../doctor/finding.ts';
import { renderFinding } from '../doctor/render-finding.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface GivenOptions extends Partial<DoctorOptions> {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** `doctor NAME`: what is wrong with a connection, and how to mend it. */
export function addDoctor(program: Command, run: Runner): void {
  program
    .command('doctor')
    .description('find out what is wrong with a connection, and how to mend it')
    .argument('<name>', 'connection')
    .option('--json', 'as JSON, for other programs')
    .option('--probe-data-centers', 'try its credentials at the other data centers, once each (asks first)')
    .option('--yes', 'with --probe-data-centers: do not ask')
    .option('--access', 'ask IAM who may read the credentials, with however many roles and users')
    .addHelpText(
      'after',
      `
Looks at the row, both secrets, the schedule, metrics, alarms and permissions, and changes nothing. Each check says pass, fail
or unknown; unknown means that you may not see it, or that nobody can tell yet. Exit code 1 when a check failed.

--probe-data-centers sends the client's id and secret and the refresh token to Zoho's accounts servers of the other data
centers, one after another, and stops where they are accepted.

Examples:
  zoho-tokens doctor crm-prod
  zoho-tokens doctor crm-prod --probe-data-centers     after invalid_client: where does the client live?
  zoho-tokens doctor crm-prod --json | jq '.checks[] | select(.result == "fail")'`,
    )
    .action(run(doctor));
}

async function doctor(session: Session, given: string, options: GivenOptions): Promise<ExitCode> {
  const { json = false, yes = false, probeDataCenters = false, access = false } = options;
  const patient = await readWithProgress(session, given);
  if (probeDataCenters && !yes) await askForProbe(session, patient);
  const { terminal } = session.machine;
  const findings: { check: string; finding: Finding }[] = [];
  for (const check of checksFor({ probeDataCenters, access })) {
    const finding = await examine(session, patient, check, { probeDataCenters, access });
    findings.push({ check: check.name, finding });
    if (!json) terminal.print(renderFinding(check.name, finding, terminal));
  }
  const failed = findings.filter(({ finding }) => finding.result === 'fail').length;
  if (json) {
    const checks = findings.map(({ check, finding }) => ({ check, ...finding }));
    terminal.print(JSON.stringify({ connection: patient.name, checks }, null, 2));
  } else {
    terminal.print(
      failed === 0
        ? 'Nothing is wrong that could be seen.'
        : `${failed} of ${findings.length} checks failed.`,
    );
  }
  return failed === 0 ? 0 : 1;
}

async function readWithProgress(session: Session, given: string): Promise<Patient> {
  const progress = session.machine.terminal.progress('Looking at the connection');
  try {
    return await readPatient(session, given);
  } finally {
    progress.stop();
  }
}

async function examine(
  session: Session,
  patient: Patient,
  { name, run }: Check,
  options: DoctorOptions,
): Promise<Finding> {
  const progress = session.machine.terminal.progress(`Checking: ${name}`);
  try {
    const onProgress = (message: string) => progress.update(`Checking: ${name}, ${message}`);
    return await run({ session, patient, options, onProgress });
  } finally {
    progress.stop();
  }
}

/** Credentials leave for places that nobody named: only with a yes. */
async function askForProbe(session: Session, patient: Patient): Promise<void> {
  const credentials = credentialsOf(patient);
  if (credentials === undefined) return;
  const others = otherDataCenters(credentials);
  const isWanted = await session.machine.terminal.prompts.confirm({
    message: `Send the client's id and secret and the refresh token of ${patient.name} to Zoho's accounts servers of ${others.join(', ')}, one call each?`,
    otherwise: 'Give --yes.',
  });
  if (!isWanted) throw new CancelledError('Cancelled. Nothing was sent.');
}
