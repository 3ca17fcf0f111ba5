import { type FailureCode, isClientFailure, isFailureCode } from '../../lambdas/core/failures.ts';
import { decline } from '../../lambdas/core/refresh/declines.ts';
import { adviseOnClient } from '../clients/client-advice.ts';
import type { Colors } from '../terminal/colors.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrapText } from '../terminal/wrap-text.ts';
import type { ConnectionStatusReport } from './connection-report.ts';
import { firstNames } from './first-names.ts';
import { type FleetStatus, MOST_RATES, unseenOf } from './fleet-status.ts';
import { formatDuration } from './format-duration.ts';
import { formatCount, renderSummary } from './status-summary.ts';
import { rateText, statusTable } from './status-table.ts';

/** Renders `status` as text: a summary, one line per connection, then failures, then the alarms. */
export function renderStatus(
  fleet: FleetStatus,
  { colors, columns }: Pick<Terminal, 'colors' | 'columns'>,
): string {
  const { connections, deployment, atMs, summary } = fleet;
  const { secretPrefix, stackName, account, region } = deployment;
  const time = new Date(atMs).toISOString().slice(11, 19);
  const title = `${colors.bold(secretPrefix)} ${colors.dim(`(stack ${stackName}), account ${account}, ${region}, ${time} UTC`)}`;
  const lines = (texts: readonly string[]) => texts.map((text) => wrapText(text, columns));
  if (summary.connections === 0) {
    const none =
      fleet.rowsRead === 0
        ? 'No connections yet. Declare one in cdk.json, or run: zoho-tokens connect NAME --data-center eu'
        : 'No connections to show.';
    return lines([title, none, ...fleetLines(fleet, colors)]).join('\n');
  }
  return [
    ...lines([title, ...(summary.connections === 1 ? [] : [renderSummary(summary)])]),
    ...(connections.length === 0 ? [] : [statusTable(fleet, { colors, columns })]),
    ...lines([
      ...refusedClientLines(connections, colors),
      ...connections.flatMap((connection) => failureLines(connection, colors)),
      ...fleetLines(fleet, colors),
    ]),
  ].join('\n');
}

/** One line for each client that Zoho refuses, in the place of one for each of its connections. */
function refusedClientLines(reports: readonly ConnectionStatusReport[], colors: Colors): string[] {
  const groups = new Map<string, (ConnectionStatusReport & { readonly refusal: ClientRefusal })[]>();
  for (const report of reports) {
    const refusal = refusalOf(report);
    if (refusal === undefined) continue;
    const key = `${refusal.client} ${refusal.code}`;
    groups.set(key, [...(groups.get(key) ?? []), { ...report, refusal }]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { name, failure, refusal } = first;
    const count = group.length === 1 ? '1 connection' : `${formatCount(group.length)} connections`;
    const names = firstNames(group.map((report) => report.name));
    const advice = adviseOnClient(name, refusal.client, refusal.code);
    return [
      `${colors.red(`client ${refusal.client}`)}, ${count} (${names}): ${failure?.message ?? ''} ${colors.dim(`(${refusal.code})`)} ${advice}`,
    ];
  });
}

interface ClientRefusal {
  readonly client: string;
  readonly code: FailureCode;
}

/** Why a shared client keeps a connection from being refreshed; undefined if it does not. */
function refusalOf({ client, status, failure }: ConnectionStatusReport): ClientRefusal | undefined {
  const code = failure?.code;
  return client !== undefined && status === 'blocked' && isFailureCode(code) && isClientFailure(code)
    ? { client, code }
    : undefined;
}

function failureLines(report: ConnectionStatusReport, colors: Colors): string[] {
  const { name, failure, health, isRejected, blockedForMs } = report;
  if (refusalOf(report) !== undefined) return [];
  if (isRejected) return [`${colors.red(name)}: ${decline('tokens-rejected').message}`];
  if (failure === undefined) return [];
  const blocked = blockedForMs === undefined ? '' : `, blocked for ${formatDuration(blockedForMs)}`;
  const paint = health === 'bad' ? colors.red : colors.yellow;
  return [
    `${paint(name)}: ${failure.message} ${colors.dim(`(${failure.code}, ${formatDuration(failure.agoMs)} ago${blocked})`)}`,
  ];
}

function fleetLines(fleet: FleetStatus, colors: Colors): string[] {
  const { rates, alarms, atMs } = fleet;
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
  return [
    ...hiddenLines(fleet).map((line) => colors.dim(line)),
    ...callLines,
    ...alarmLines,
    ...noAlarm,
    ...unseenOf(fleet).map((missing) => colors.dim(`Could not read: ${missing}`)),
  ];
}

function hiddenLines({ connections, summary, disconnected }: FleetStatus): string[] {
  const hidden = summary.connections - connections.length;
  return [
    ...(hidden === 0
      ? []
      : [`Not shown: ${formatCount(hidden)} connections. To see all, run: zoho-tokens status --all`]),
    ...(disconnected === 0 ? [] : [`Not shown: ${disconnected} disconnected.`]),
    ...(connections.length > MOST_RATES
      ? [`401s are shown for the first ${MOST_RATES} connections. For others, give a name or a pattern.`]
      : []),
  ];
}
