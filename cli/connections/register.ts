import type { Connection, Severity } from '../../lambdas/core/connection/connection.ts';
import { NOTHING_PUBLISHED, registerAgain } from '../../lambdas/core/connection/lost-row.ts';
import { isDisabledByOperator, reconnect } from '../../lambdas/core/connection/operator-transitions.ts';
import { intendedPartition } from '../../lambdas/core/connection/partition.ts';
import type { Intent } from '../../lambdas/core/connection/secret-store.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { changeRow } from './change-row.ts';

/** What is registered. */
export interface Registration {
  readonly dataCenter: string | undefined;
  /** Undefined keeps that of an existing row. */
  readonly severity: Severity | undefined;
  /** What the connection should be, in the second store. Undefined for Secrets Manager, whose tags say it. */
  readonly sealed?: Intent;
}

/** Adds the row, or enables that of a disconnected connection, and says so. */
export async function register(session: Session, name: string, given: Registration): Promise<ExitCode> {
  const created = await addRow(session, name, given);
  const { terminal } = session.runtime;
  terminal.print(`${created ? 'registered' : 'already registered'}: ${name}, ${given.dataCenter}`);
  terminal.info(terminal.infoColors.dim(`  Next, run: zoho-tokens authorize ${name}`));
  return 0;
}

/** True if there was no row. */
async function addRow(session: Session, name: string, { severity, sealed }: Registration): Promise<boolean> {
  const [table, secrets, { fleet }] = [
    await session.connections(),
    (await session.secrets()).inStore(sealed === undefined ? 'secrets-manager' : 'dynamodb'),
    await session.deployment(),
  ];
  const published = (await secrets.lastPublished(name)) ?? NOTHING_PUBLISHED;
  const store = sealed === undefined ? {} : ({ store: 'dynamodb', intent: sealed } as const);
  const partition = intendedPartition({ name, source: 'connected' }, fleet !== undefined);
  const row: Connection = {
    ...registerAgain(name, 'connected', published, session.runtime.clock.now()),
    ...store,
    ...(partition === undefined ? {} : { partition }),
    severity,
  };
  const { created } = await table.create(row, session.signal());
  if (created) return true;
  await changeRow(session, name, (current, nowMs) => {
    const isOff = isDisabledByOperator(current, 'disconnected') || wasDeclared(current);
    const place = partition === undefined ? {} : { partition };
    const connected = { ...(isOff ? reconnect(current, 'connected', nowMs) : current), ...store, ...place };
    const hasIntent = sealed === undefined || isSameIntent(sealed, current.intent);
    const isSame = !isOff && hasIntent && (severity === undefined || severity === current.severity);
    return isSame ? undefined : { ...connected, severity: severity ?? connected.severity };
  });
  return false;
}

function isSameIntent(one: Intent, other: Intent | undefined): boolean {
  return one.dataCenter === other?.dataCenter && one.scopes.join() === other?.scopes.join();
}

/** An earlier configuration declared it. Unless it is connected now, the refresher disables it. */
export function wasDeclared({ source }: Connection): boolean {
  return source === 'declared';
}
