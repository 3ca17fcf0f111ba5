import { isInService } from '../../lambdas/core/connection/connection.ts';
import type { ConnectionStatusReport } from './connection-report.ts';
import { formatDuration } from './format-duration.ts';

/** The states that a summary counts, problems last. */
const STATES = [
  'healthy',
  'pending',
  'disabled',
  'parked',
  'cooling down',
  'refused once',
  'blocked',
  'without a valid token',
  'rejected by consumers',
  'unreadable',
] as const;
export type SummarizedState = (typeof STATES)[number];

/** How many connections are in each state, and which token expires first. */
export interface StatusSummary {
  readonly connections: number;
  /** States without connections are left out. */
  readonly states: Partial<Readonly<Record<SummarizedState, number>>>;
  readonly soonestExpiry: { readonly name: string; readonly leftMs: number } | undefined;
}

export function summarizeStatus(reports: readonly ConnectionStatusReport[]): StatusSummary {
  const states: Partial<Record<SummarizedState, number>> = {};
  let soonestExpiry: StatusSummary['soonestExpiry'];
  for (const report of reports) {
    const state = stateOf(report);
    states[state] = (states[state] ?? 0) + 1;
    const { name, tokenLeftMs } = report;
    if (!isInService(report.status) || tokenLeftMs === undefined || tokenLeftMs <= 0) continue;
    if (soonestExpiry === undefined || tokenLeftMs < soonestExpiry.leftMs)
      soonestExpiry = { name, leftMs: tokenLeftMs };
  }
  return { connections: reports.length, states, soonestExpiry };
}

/** One line: `12 connections: 10 healthy, 2 blocked. Soonest expiry: crm-prod in 6 min.` */
export function renderSummary({ connections, states, soonestExpiry }: StatusSummary): string {
  const counted = STATES.flatMap((state) =>
    states[state] ? [`${formatCount(states[state])} ${state}`] : [],
  );
  const total = `${formatCount(connections)} connection${connections === 1 ? '' : 's'}`;
  const soonest =
    soonestExpiry === undefined
      ? ''
      : ` Soonest expiry: ${soonestExpiry.name} in ${formatDuration(soonestExpiry.leftMs)}.`;
  return `${total}: ${counted.join(', ')}.${soonest}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

function stateOf({ status, health, isRejected, isParked }: ConnectionStatusReport): SummarizedState {
  if (isParked) return 'parked';
  if (status === 'unreadable' || status === 'blocked' || status === 'pending' || status === 'disabled')
    return status;
  if (isRejected) return 'rejected by consumers';
  if (health === 'bad') return 'without a valid token';
  if (status === 'cooling-down') return 'cooling down';
  return health === 'good' ? 'healthy' : 'refused once';
}
