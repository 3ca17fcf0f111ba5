import { type Command, InvalidArgumentError } from 'commander';
import { describePerson, formatAuthorizedBy } from '../../lambdas/core/consent/authorized-by.ts';
import { type Credentials, parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';
import { explainAwsError } from '../aws/explain-aws-error.ts';
import { tryRead, valueIfRead } from '../aws/try-read.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { findRow } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { readPendingInvites } from '../invites/pending-invites.ts';
import { renderInvites } from '../invites/render-invites.ts';
import { type FleetStatus, readFleetStatus } from '../reports/fleet-status.ts';
import { describePlace } from '../reports/place.ts';
import { renderStatus } from '../reports/render-status.ts';
import { toStatusJson } from '../reports/status-json.ts';
import { isPattern, type StatusSelection } from '../reports/status-selection.ts';
import { dollarsPerHour } from '../reports/watch-cost.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface StatusOptions {
  readonly all?: boolean;
  readonly blocked?: boolean;
  readonly parked?: boolean;
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly interval: number;
}

/** `status [NAME]`: shows the status of one, some or all connections. */
export function addStatus(program: Command, run: Runner): void {
  program
    .command('status')
    .description('show tokens, next refreshes, failures, 401 rates and alarms')
    .argument('[name]', "connection, or a pattern such as 'crm-*' (default: all)")
    .option('--all', 'show healthy connections of a large fleet as well')
    .option('--blocked', 'show only blocked connections that are not parked')
    .option('--parked', 'show only parked connections, which have been blocked for days')
    .option('--json', 'print JSON')
    .option('--watch', 'repeat until Ctrl-C')
    .option('--interval <seconds>', 'with --watch: seconds between updates, from 1 to 3600', parseSeconds, 5)
    .addHelpText(
      'after',
      `
Of more than 20 connections, only those that are not healthy are shown, at most 50, problems first.
--json has all of them. 401 rates are read for at most 240 connections, because CloudWatch charges
for each.

A connection that has been blocked for 7 days (the setting parkAfterDays) is parked: it is counted,
and shown with --parked, --all or its name.

The exit code is 1 when a connection is blocked or its token has expired, or when an alarm is in
ALARM. With a name, a pattern or --blocked, only those connections count. A parked connection counts
only with its name.

Examples:
  zoho-tokens status
  zoho-tokens status crm-prod --json
  zoho-tokens status 'crm-*' --all
  zoho-tokens status --parked
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
  const { all = false, blocked = false, parked = false, json = false, watch = false, interval } = options;
  if (json && watch) {
    throw new UsageError(
      '--json cannot be used with --watch.',
      'For repeated JSON, run the command repeatedly with --json.',
    );
  }
  const selection: StatusSelection = {
    name: given === undefined ? undefined : await checkedName(session, given),
    only: blocked ? 'blocked' : parked ? 'parked' : undefined,
    all: all || json,
  };
  if (blocked && parked) {
    throw new UsageError(
      '--blocked cannot be used with --parked.',
      'A parked connection is not shown with --blocked: run the command twice.',
    );
  }
  if (watch) return await watchStatus(session, selection, interval);
  const { terminal } = session.runtime;
  const fleet = await terminal.withProgress('Reading the status', () => readFleetStatus(session, selection));
  if (selection.name !== undefined && fleet.summary.connections === 0)
    throw new CliError(
      'No connection matches the pattern.',
      'To see all names, run: zoho-tokens status --all',
    );
  const isOne = given !== undefined && !isPattern(given);
  const authorization = isOne ? await readAuthorization(session, given) : undefined;
  const invites = isOne ? await readPendingInvites(session, given) : undefined;
  if (json) {
    const one = isOne ? { authorization: authorizationJson(authorization) } : {};
    terminal.print(JSON.stringify({ ...toStatusJson(fleet), ...one, ...(invites && { invites }) }, null, 2));
  } else {
    terminal.print(renderStatus(fleet, terminal));
    const [one] = fleet.connections;
    if (isOne && one?.store !== undefined && fleet.deployment.fleet !== undefined) {
      const { store, shard } = one;
      terminal.print(`Stored ${describePlace({ store, shard }, fleet.deployment.fleet.shards)}`);
    }
    if (authorization !== undefined) {
      terminal.print(describeAuthorization(authorization));
    }
    if (invites !== undefined && invites.length > 0) {
      const { colors } = terminal;
      terminal.print(renderInvites(invites, { colors, nowMs: session.runtime.clock.now() }));
    }
  }
  return isHealthy(fleet, selection) ? 0 : 1;
}

type Authorization = Pick<Credentials, 'authorizedAt' | 'authorizedBy' | 'invitedBy'>;

function describeAuthorization({
  authorizedAt = 'at an unknown time',
  authorizedBy,
  invitedBy,
}: Authorization): string {
  const inviter = invitedBy === undefined ? '' : `, invited by ${toSingleLine(invitedBy)}`;
  return `Authorized ${authorizedAt}, ${describePerson(authorizedBy)}${inviter}`;
}

/** Who authorized the connection, if that is recorded and the user may read the credentials. */
async function readAuthorization(session: Session, name: string): Promise<Authorization | undefined> {
  const secrets = await session.secrets();
  const stored = valueIfRead(await tryRead(() => secrets.readCredentials(name)));
  const parsed = stored?.kind === 'found' ? parseCredentials(stored.text, stored.clientText) : undefined;
  if (parsed?.ok !== true) return undefined;
  const { authorizedBy, invitedBy } = parsed.credentials;
  return authorizedBy === undefined && invitedBy === undefined ? undefined : parsed.credentials;
}

/** As the credentials have it: `authorized_at`, `authorized_by` and `invited_by`. Null if it is not known. */
function authorizationJson(authorization: Authorization | undefined) {
  if (authorization === undefined) return null;
  const { authorizedAt, authorizedBy, invitedBy } = authorization;
  return {
    authorized_at: authorizedAt ?? null,
    authorized_by: (authorizedBy && formatAuthorizedBy(authorizedBy)) ?? null,
    ...(invitedBy === undefined ? {} : { invited_by: invitedBy }),
  };
}

/** A name must be that of a row. A pattern is not a secret, because no secret has a `*`. */
async function checkedName(session: Session, given: string): Promise<string> {
  if (!isPattern(given)) return (await findRow(session, given)).name;
  if (/^[\w*-]{1,64}$/.test(given)) return given;
  throw new UsageError(
    'The pattern is not valid (value omitted): use letters, digits, -, _ and *, such as crm-*.',
  );
}

async function watchStatus(
  session: Session,
  selection: StatusSelection,
  intervalSeconds: number,
): Promise<ExitCode> {
  const { terminal, wait, onInterrupt } = session.runtime;
  let isInterrupted = false;
  let looks = 0;
  const release = onInterrupt(() => {
    isInterrupted = true;
  });
  try {
    while (!isInterrupted) {
      const fleet = await lookAgain(session, selection, looks);
      looks += 1;
      if (fleet !== undefined) {
        if (terminal.isStdoutTty) terminal.clear();
        terminal.print(renderStatus(fleet, terminal));
        const dollars = dollarsPerHour(fleet, intervalSeconds).toFixed(2);
        terminal.info(`Every ${intervalSeconds} s, about $${dollars} an hour for AWS. Ctrl-C ends it.`);
      }
      // Short waits, so that Ctrl-C takes effect at once.
      for (let left = intervalSeconds * 4; left > 0 && !isInterrupted; left -= 1) await wait(250);
    }
  } finally {
    release();
  }
  return 0;
}

/** The first look must succeed, or nothing can be watched. A later one may fail, and the next one is tried. */
async function lookAgain(
  session: Session,
  selection: StatusSelection,
  looks: number,
): Promise<FleetStatus | undefined> {
  const { terminal, environment } = session.runtime;
  try {
    return await readFleetStatus(session, selection);
  } catch (error) {
    const known = explainAwsError(error, environment);
    if (looks === 0 || known === undefined) throw error;
    terminal.info(`${terminal.infoColors.yellow('not updated')}: ${known.message}`);
    return undefined;
  }
}

/** Of a fleet, its alarms count as well. One connection is not judged by the others. */
function isHealthy({ hasProblem, alarms }: FleetStatus, { name, only }: StatusSelection): boolean {
  const isFleet = name === undefined && only === undefined;
  const hasAlarm = isFleet && alarms.kind === 'read' && alarms.value.length > 0;
  return !hasProblem && !hasAlarm;
}
