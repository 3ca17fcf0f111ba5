import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../cli-error.ts';
import { findRow } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { type FleetStatus, readFleetStatus } from '../reports/fleet-status.ts';
import { renderStatus } from '../reports/render-status.ts';
import { toStatusJson } from '../reports/status-json.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface StatusOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly interval: number;
}

/** `status [NAME]`: shows the status of one or all connections. */
export function addStatus(program: Command, run: Runner): void {
  program
    .command('status')
    .description('show tokens, next refreshes, failures, 401 rates and alarms')
    .argument('[name]', 'connection (default: all)')
    .option('--json', 'print JSON')
    .option('--watch', 'repeat until Ctrl-C')
    .option('--interval <seconds>', 'with --watch: seconds between updates, from 1 to 3600', parseSeconds, 5)
    .addHelpText(
      'after',
      `
The exit code is 1 when a connection is blocked or its token has expired, or when an alarm is in
ALARM.

Examples:
  zoho-tokens status
  zoho-tokens status crm-prod --json
  zoho-tokens status --watch`,
    )
    .action(run(status));
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600)
    throw new InvalidArgumentError('It must be a whole number from 1 to 3600.');
  return seconds;
}

async function status(
  session: Session,
  given: string | undefined,
  options: StatusOptions,
): Promise<ExitCode> {
  const { json = false, watch = false, interval } = options;
  if (json && watch) {
    throw new UsageError(
      '--json cannot be used with --watch.',
      'For repeated JSON, run the command repeatedly with --json.',
    );
  }
  const name = given === undefined ? undefined : (await findRow(session, given)).name;
  if (watch) return await watchStatus(session, name, interval);
  const { terminal } = session.runtime;
  const fleet = await terminal.withProgress('Reading the status', () => readFleetStatus(session, name));
  terminal.print(json ? JSON.stringify(toStatusJson(fleet), null, 2) : renderStatus(fleet, terminal));
  return isHealthy(fleet) ? 0 : 1;
}

async function watchStatus(
  session: Session,
  name: string | undefined,
  intervalSeconds: number,
): Promise<ExitCode> {
  const { terminal, wait, onInterrupt } = session.runtime;
  let isInterrupted = false;
  const release = onInterrupt(() => {
    isInterrupted = true;
  });
  try {
    while (!isInterrupted) {
      const fleet = await readFleetStatus(session, name);
      if (terminal.isStdoutTty) terminal.clear();
      terminal.print(renderStatus(fleet, terminal));
      // Short waits, so that Ctrl-C takes effect at once.
      for (let left = intervalSeconds * 4; left > 0 && !isInterrupted; left -= 1) await wait(250);
    }
  } finally {
    release();
  }
  return 0;
}

function isHealthy({ connections, alarms }: FleetStatus): boolean {
  const isBad = connections.some(({ health }) => health === 'bad');
  return !isBad && (alarms.kind !== 'read' || alarms.value.length === 0);
}
