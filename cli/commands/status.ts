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

/** `status [NAME]`: how every connection is. */
export function addStatus(program: Command, run: Runner): void {
  program
    .command('status')
    .description('show how connections are: token, next refresh, last failure, 401 rate, alarms')
    .argument('[name]', 'connection (default: all)')
    .option('--json', 'as JSON, for other programs')
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--interval <seconds>', 'with --watch: seconds between two looks', parseSeconds, 5)
    .addHelpText(
      'after',
      `
Exit code 1 when a connection is blocked or its token has expired, or when an alarm is in ALARM.

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
    throw new InvalidArgumentError('A whole number from 1 to 3600 was expected.');
  return seconds;
}

async function status(
  session: Session,
  given: string | undefined,
  options: StatusOptions,
): Promise<ExitCode> {
  const { json = false, watch = false, interval } = options;
  if (json && watch)
    throw new UsageError('--json and --watch do not go together.', 'Call it again and again with --json.');
  const name = given === undefined ? undefined : (await findRow(session, given)).name;
  if (watch) return await watchStatus(session, name, interval);
  const fleet = await readWithProgress(session, name);
  const { terminal } = session.machine;
  terminal.print(json ? JSON.stringify(toStatusJson(fleet), null, 2) : renderStatus(fleet, terminal));
  return isWell(fleet) ? 0 : 1;
}

async function watchStatus(session: Session, name: string | undefined, seconds: number): Promise<ExitCode> {
  const { terminal, wait, onInterrupt } = session.machine;
  let isOver = false;
  const release = onInterrupt(() => {
    isOver = true;
  });
  try {
    while (!isOver) {
      const fleet = await readFleetStatus(session, name);
      if (terminal.isShown) terminal.clear();
      terminal.print(renderStatus(fleet, terminal));
      for (let left = seconds * 4; left > 0 && !isOver; left -= 1) await wait(250);
    }
  } finally {
    release();
  }
  return 0;
}

async function readWithProgress(session: Session, name: string | undefined): Promise<FleetStatus> {
  const progress = session.machine.terminal.progress('Looking at the connections');
  try {
    return await readFleetStatus(session, name);
  } finally {
    progress.stop();
  }
}

function isWell({ connections, alarms }: FleetStatus): boolean {
  const isBad = connections.some(({ health }) => health === 'bad');
  return !isBad && (alarms.kind !== 'seen' || alarms.value.length === 0);
}
