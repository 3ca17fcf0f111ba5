import { MINT_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import type { CallCount } from '../cloudwatch/unauthorized-rates.ts';
import type { Colors } from '../terminal/colors.ts';
import { widthOf } from '../terminal/wrap-text.ts';
import type { ConnectionStatusReport } from './connection-report.ts';
import type { FleetStatus } from './fleet-status.ts';
import { formatDuration } from './format-duration.ts';

interface Column {
  readonly head: string;
  readonly cell: (report: ConnectionStatusReport) => string;
}

const GAP = '  ';

/**
 * One line per connection, without borders, so that it can be searched and pasted. On a narrow terminal the age of the token
 * and the least important columns are left out; a name that is too long has a line of its own.
 */
export function statusTable(
  { connections, rates }: Pick<FleetStatus, 'connections' | 'rates'>,
  { colors, columns: width = Infinity }: { readonly colors: Colors; readonly columns: number | undefined },
): string {
  const rateOf = ({ name }: ConnectionStatusReport) =>
    rates.kind === 'read' ? rateText(rates.value.connections.get(name)) : '?';
  const state: Column = { head: 'state', cell: (report) => stateText(report, colors) };
  const dc: Column = { head: 'dc', cell: ({ dataCenter }) => dataCenter ?? '-' };
  const token: Column = { head: 'token', cell: (report) => tokenText(report, colors) };
  const shortToken: Column = { head: 'token', cell: (report) => shortTokenText(report, colors) };
  const next: Column = { head: 'next', cell: nextText };
  const generation: Column = { head: 'gen', cell: (report) => String(report.generation ?? '-') };
  const mints: Column = {
    head: 'mints',
    cell: (report) =>
      report.mints === undefined ? '-' : `${report.mints} of ${MINT_BUDGET.limits.scheduled}`,
  };
  const rate: Column = { head: '401s, 1 h', cell: rateOf };
  const name: Column = { head: 'connection', cell: (report) => report.name };
  const choices = [
    [name, state, dc, token, next, generation, mints, rate],
    [name, state, dc, shortToken, next, generation, mints, rate],
    [name, state, dc, shortToken, next, rate],
    [name, state, shortToken, next, rate],
    [name, state, shortToken, next],
  ].map((columns) => layOut(columns, connections));
  const fitting = choices.find((choice) => choice.width <= width) ?? choices.at(-1);
  return fitting === undefined ? '' : render(fitting, width, colors);
}

interface Layout {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly widths: readonly number[];
  readonly width: number;
}

function layOut(columns: readonly Column[], connections: readonly ConnectionStatusReport[]): Layout {
  const head = columns.map((column) => column.head);
  const rows = connections.map((report) => columns.map(({ cell }) => cell(report)));
  const widths = head.map((text, at) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[at] ?? '')), text.length),
  );
  return { head, rows, widths, width: widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) };
}

function render({ head, rows, widths, width }: Layout, available: number, colors: Colors): string {
  const [nameWidth = 0, ...others] = widths;
  const longest = Math.max('connection'.length, nameWidth - Math.max(0, width - available));
  const line = ([name = '', ...cells]: readonly string[]) => {
    const rest = cells.map((cell, at) => pad(cell, others[at] ?? 0)).join(GAP);
    const first = widthOf(name) > longest ? `${name}\n${' '.repeat(longest)}` : pad(name, longest);
    return `${first}${GAP}${rest}`.trimEnd();
  };
  return [colors.dim(line(head)), ...rows.map(line)].join('\n');
}

function pad(text: string, width: number): string {
  return `${text}${' '.repeat(Math.max(0, width - widthOf(text)))}`;
}

function stateText(
  { health, status, isRefreshing, isParked }: ConnectionStatusReport,
  colors: Colors,
): string {
  const paint = { good: colors.green, waiting: colors.yellow, bad: colors.red }[health];
  const state = isParked ? 'parked' : status;
  return paint(isRefreshing ? `${state}, refreshing` : state);
}

function tokenText(report: ConnectionStatusReport, colors: Colors): string {
  const { tokenAgeMs, tokenLeftMs } = report;
  const isValid = tokenAgeMs !== undefined && tokenLeftMs !== undefined && tokenLeftMs > 0;
  const age = isValid ? `${formatDuration(tokenAgeMs)} old, ` : '';
  return `${age}${shortTokenText(report, colors)}`;
}

function shortTokenText({ tokenLeftMs }: ConnectionStatusReport, colors: Colors): string {
  if (tokenLeftMs === undefined) return 'none';
  return tokenLeftMs > 0
    ? `${formatDuration(tokenLeftMs)} left`
    : colors.red(`expired ${formatDuration(-tokenLeftMs)} ago`);
}

function nextText({ nextAttemptInMs, isRefreshing }: ConnectionStatusReport): string {
  if (isRefreshing) return 'now';
  if (nextAttemptInMs === undefined) return 'never';
  return nextAttemptInMs <= 0 ? 'due' : `in ${formatDuration(nextAttemptInMs)}`;
}

export function rateText(count: CallCount | undefined): string {
  if (count === undefined) return '-';
  const percent = ((100 * count.unauthorized) / count.calls).toFixed(count.unauthorized === 0 ? 0 : 2);
  return `${percent} % of ${count.calls.toLocaleString('en')}`;
}
