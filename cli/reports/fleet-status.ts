import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import { alarmNamePrefix } from '../../lambdas/core/deployment-address.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import { type ActiveAlarm, readActiveAlarms } from '../cloudwatch/alarms.ts';
import { readUnauthorizedRates, type UnauthorizedRates } from '../cloudwatch/unauthorized-rates.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { Session } from '../session.ts';
import { type ConnectionStatusReport, reportOn } from './connection-report.ts';
import { isPattern, matchesPattern, type StatusSelection, selectConnections } from './status-selection.ts';
import { type StatusSummary, summarizeStatus } from './status-summary.ts';

/** The status of connections at one moment. */
export interface FleetStatus {
  readonly deployment: Deployment;
  readonly atMs: number;
  /** Those that are shown, problems first, then by name. */
  readonly connections: readonly ConnectionStatusReport[];
  /** Of all that are meant, whether they are shown or not. */
  readonly summary: StatusSummary;
  /** Whether one of them, shown or not, needs an operator. A parked one counts only if it was asked for by its name. */
  readonly hasProblem: boolean;
  /** Number of disconnected connections, which are not listed. */
  readonly disconnected: number;
  /** Rows of the table that were read. */
  readonly rowsRead: number;
  /** Of at most {@link MOST_RATES} connections that are shown, and of the fleet. */
  readonly rates: ReadResult<UnauthorizedRates>;
  readonly alarms: ReadResult<readonly ActiveAlarm[]>;
}

/** CloudWatch charges for each metric, and answers for 500 in one call. A connection has two, and so has the fleet. */
export const MOST_RATES = 240;

/** Reads everything that `status` shows. Only the table must be readable. */
export async function readFleetStatus(session: Session, selection: StatusSelection): Promise<FleetStatus> {
  const { name } = selection;
  const deployment = await session.deployment();
  const isOne = name !== undefined && !isPattern(name);
  const read = isOne ? await readOne(session, name) : await session.list();
  const matching = isOne ? read : read.filter((row) => matchesPattern(row.name, name));
  const listed = isOne ? matching : matching.filter((row) => !isDisconnected(row));
  const nowMs = session.runtime.clock.now();
  const reports = listed
    .map((row) =>
      reportOn(row, nowMs, { parkAfterMs: deployment.parkAfterMs, shards: deployment.fleet?.shards }),
    )
    .filter((report) => isMeant(report, selection));
  const connections = selectConnections(reports, selection);
  const names = connections.slice(0, MOST_RATES).map((report) => report.name);
  const namePrefix = alarmNamePrefix(deployment.stackName, deployment.secretPrefix);
  const [rates, alarms] = await Promise.all([
    tryRead(() => readUnauthorizedRates(session.aws.cloudWatch, deployment.secretPrefix, { names, nowMs })),
    tryRead(() => readActiveAlarms(session.aws.cloudWatch, namePrefix)),
  ]);
  return {
    deployment,
    atMs: nowMs,
    connections,
    summary: summarizeStatus(reports),
    hasProblem: reports.some(({ health, isParked }) => health === 'bad' || (isOne && isParked)),
    disconnected: matching.length - listed.length,
    rowsRead: read.length,
    rates,
    alarms,
  };
}

/** What could not be read, with AWS's error name. A missing permission is neither an error nor a zero. */
export function unseenOf({ rates, alarms }: Pick<FleetStatus, 'rates' | 'alarms'>): readonly string[] {
  return [rates, alarms].flatMap((part) => {
    if (part.kind === 'read') return [];
    const { call, message } = part.error;
    return call === undefined ? message : `${call.action} (${call.errorName})`;
  });
}

function isDisconnected(row: Connection | MalformedRow): boolean {
  return !('malformed' in row) && isDisabledByOperator(row, 'disconnected');
}

function isMeant({ status, isParked }: ConnectionStatusReport, { only }: StatusSelection): boolean {
  if (only === undefined) return true;
  return only === 'parked' ? isParked : status === 'blocked' && !isParked;
}

async function readOne(session: Session, name: string): Promise<Connection[]> {
  const row = await (await session.connections()).read(name, session.signal());
  return row === undefined ? [] : [row];
}
