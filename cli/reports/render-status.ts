import Table from 'cli-table3';
import { MINT_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { decline } from '../../lambdas/core/refresh/declines.ts';
import type { CallCount } from '../cloudwatch/unauthorized-rates.ts';
import type { Colors } from '../terminal/colors.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ConnectionStatusReport } from './connection-report.ts';
import { type FleetStatus, unseenOf } from './fleet-status.ts';
import { formatDuration } from './format-duration.ts';

const HEAD = ['connection', 'state', 'dc', 'token', 'next', 'gen', 'mints', '401s, 1 h'];

/** Renders `status` as text: one line per connection, then failures, then the alarms. */
export function renderStatus(fleet: FleetStatus, { colors }: Pick<Terminal, 'colors'>): string {
  const { connections, deployment, atMs } = fleet;
  const { secretPrefix, stackName, account, region } = deployment;
  const time = new Date(atMs).toISOString().slice(11, 19);
  const title = `${colors.bold(secretPrefix)} ${colors.dim(`(stack ${stackName}), account ${account}, ${region}, ${time} UTC`)}`;
  if (connections.length === 0) {
    return [
      title,
      'No connections yet. Declare one in cdk.json, or run: zoho-tokens connect NAME --data-center eu',
      ...fleetLines(fleet, colors),
    ].join('\n');
  }
  return [
    title,
    tableOf(fleet, colors),
    ...connections.flatMap((connection) => failureLines(connection, colors)),
    ...fleetLines(fleet, colors),
  ].join('\n');
}

function tableOf({ connections, rates }: FleetStatus, colors: Colors): string {
  const table = new Table({
    head: HEAD.map((text) => colors.dim(text)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    chars: BARE,
  });
  for (const connection of connections) {
    const paint = { good: colors.green, waiting: colors.yellow, bad: colors.red }[connection.health];
    table.push([
      connection.name,
      paint(connection.isRefreshing ? `${connection.status}, refreshing` : connection.status),
      connection.dataCenter ?? '-',
      tokenText(connection, colors),
      nextText(connection),
      connection.generation ?? '-',
      connection.mints === undefined ? '-' : `${connection.mints} of ${MINT_BUDGET.limits.scheduled}`,
      rates.kind === 'read' ? rateText(rates.value.connections.get(connection.name)) : '?',
    ]);
  }
  return table.toString().replaceAll(/ +$/gm, '');
}

function tokenText({ tokenAgeMs, tokenLeftMs }: ConnectionStatusReport, colors: Colors): string {
  if (tokenAgeMs === undefined || tokenLeftMs === undefined) return 'none';
  return tokenLeftMs > 0
    ? `${formatDuration(tokenAgeMs)} old, ${formatDuration(tokenLeftMs)} left`
    : colors.red(`expired ${formatDuration(-tokenLeftMs)} ago`);
}

function nextText({ nextAttemptInMs, isRefreshing }: ConnectionStatusReport): string {
  if (isRefreshing) return 'now';
  if (nextAttemptInMs === undefined) return 'never';
  return nextAttemptInMs <= 0 ? 'due' : `in ${formatDuration(nextAttemptInMs)}`;
}

function rateText(count: CallCount | undefined): string {
  if (count === undefined) return '-';
  const percent = ((100 * count.unauthorized) / count.calls).toFixed(count.unauthorized === 0 ? 0 : 2);
  return `${percent} % of ${count.calls.toLocaleString('en')}`;
}

function failureLines(report: ConnectionStatusReport, colors: Colors): string[] {
  const { name, failure, health, isRejected } = report;
  if (isRejected) return [`${colors.red(name)}: ${decline('tokens-rejected').message}`];
  if (failure === undefined) return [];
  const paint = health === 'bad' ? colors.red : colors.yellow;
  return [
    `${paint(name)}: ${failure.message} ${colors.dim(`(${failure.code}, ${formatDuration(failure.agoMs)} ago)`)}`,
  ];
}

function fleetLines(fleet: FleetStatus, colors: Colors): string[] {
  const { rates, alarms, atMs, disconnected } = fleet;
  const callLines =
    rates.kind === 'read' && rates.value.fleet
      ? [`401s of all connections, 1 h: ${rateText(rates.value.fleet)}`]
      : [];
  const active = alarms.kind === 'read' ? alarms.value : [];
  const alarmLines = active.map(({ name, sinceMs }) => {
    const since = sinceMs === undefined ? '' : ` for ${formatDuration(atMs - sinceMs)}`;
    return `${colors.red('ALARM')} ${name}${since}`;
  });
  const noAlarm = alarms.kind === 'read' && active.length === 0 ? [colors.dim('No alarm is in ALARM.')] : [];
  const hidden = disconnected === 0 ? [] : [colors.dim(`Not shown: ${disconnected} disconnected.`)];
  return [
    ...hidden,
    ...callLines,
    ...alarmLines,
    ...noAlarm,
    ...unseenOf(fleet).map((missing) => colors.dim(`Could not read: ${missing}`)),
  ];
}

/** No borders, so that the table can be searched and pasted. */
const BARE = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};
