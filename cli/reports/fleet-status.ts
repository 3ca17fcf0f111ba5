import type { Connection } from '../../lambdas/core/connection.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { isSwitchedOff } from '../../lambdas/core/operator-transitions.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import { type AlarmInAlarm, readAlarmsInAlarm } from '../cloudwatch/alarms.ts';
import { readUnauthorizedRates, type UnauthorizedRates } from '../cloudwatch/unauthorized-rates.ts';
import type { Session } from '../session.ts';
import { type ConnectionStatusReport, reportOn } from './connection-report.ts';

/** Something that was looked at, or could not be seen, and why. */
export type Seen<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | { readonly kind: 'unseen'; readonly missing: string };

/** How the fleet is at one moment. */
export interface FleetStatus {
  readonly stackName: string;
  readonly region: string;
  readonly atMs: number;
  /** By name. */
  readonly connections: readonly ConnectionStatusReport[];
  /** Connections that were disconnected, and are not listed. */
  readonly disconnected: number;
  readonly rates: Seen<UnauthorizedRates>;
  readonly alarms: Seen<readonly AlarmInAlarm[]>;
}

/** Reads all that `status` shows. What may not be seen is said to be so; only the table is needed. */
export async function readFleetStatus(session: Session, name?: string): Promise<FleetStatus> {
  const deployment = await session.deployment();
  const all = name === undefined ? await readAll(session) : await readOne(session, name);
  const rows = name === undefined ? all.filter((row) => !isDisconnected(row)) : all;
  const names = rows.map((row) => row.name);
  const nowMs = session.machine.clock.now();
  const [rates, alarms] = await Promise.all([
    see(() => readUnauthorizedRates(session.aws.cloudWatch, deployment.secretPrefix, { names, nowMs })),
    see(() => readAlarmsInAlarm(session.aws.cloudWatch, deployment.stackName)),
  ]);
  const connections = rows
    .map((row) => reportOn(row, nowMs))
    .sort((one, other) => one.name.localeCompare(other.name, 'en'));
  const { stackName, region } = deployment;
  const disconnected = all.length - rows.length;
  return { stackName, region, atMs: nowMs, connections, disconnected, rates, alarms };
}

/** Looks, and takes a missing permission for what it is: not an error, and not a zero. */
export async function see<Value>(look: () => Promise<Value>): Promise<Seen<Value>> {
  try {
    return { kind: 'seen', value: await look() };
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const { call } = error;
    return {
      kind: 'unseen',
      missing: call === undefined ? error.message : `${call.action} (${call.errorName})`,
    };
  }
}

function isDisconnected(row: Connection | MalformedRow): boolean {
  return !('malformed' in row) && isSwitchedOff(row, 'disconnected');
}

async function readAll(session: Session): Promise<(Connection | MalformedRow)[]> {
  const rows: (Connection | MalformedRow)[] = [];
  for await (const row of session.list()) rows.push(row);
  return rows;
}

async function readOne(session: Session, name: string): Promise<Connection[]> {
  const row = await (await session.connections()).read(name, session.signal());
  return row === undefined ? [] : [row];
}
