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

/** The status of all connections at one moment. */
export interface FleetStatus {
  readonly deployment: Deployment;
  readonly atMs: number;
  /** Sorted by name. */
  readonly connections: readonly ConnectionStatusReport[];
  /** Number of disconnected connections, which are not listed. */
  readonly disconnected: number;
  readonly rates: ReadResult<UnauthorizedRates>;
  readonly alarms: ReadResult<readonly ActiveAlarm[]>;
}

/** Reads everything that `status` shows. Only the table must be readable. */
export async function readFleetStatus(session: Session, name?: string): Promise<FleetStatus> {
  const deployment = await session.deployment();
  const all = name === undefined ? await session.list() : await readOne(session, name);
  const rows = name === undefined ? all.filter((row) => !isDisconnected(row)) : all;
  const names = rows.map((row) => row.name);
  const nowMs = session.runtime.clock.now();
  const namePrefix = alarmNamePrefix(deployment.stackName, deployment.secretPrefix);
  const [rates, alarms] = await Promise.all([
    tryRead(() => readUnauthorizedRates(session.aws.cloudWatch, deployment.secretPrefix, { names, nowMs })),
    tryRead(() => readActiveAlarms(session.aws.cloudWatch, namePrefix)),
  ]);
  const connections = rows.map((row) => reportOn(row, nowMs));
  const disconnected = all.length - rows.length;
  return { deployment, atMs: nowMs, connections, disconnected, rates, alarms };
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

async function readOne(session: Session, name: string): Promise<Connection[]> {
  const row = await (await session.connections()).read(name, session.signal());
  return row === undefined ? [] : [row];
}
