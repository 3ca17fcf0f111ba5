import type { Connection, Incident } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { InfrastructureError } from '../core/failures.ts';
import { composeNotification } from '../core/incidents/connection-notification.ts';
import { isPending, PUBLISHED_AGAIN_AFTER_MS, withPublished } from '../core/incidents/incidents.ts';
import type { Notification, Sender } from '../core/incidents/notification.ts';
import { judgeForClient } from './notify-of-client.ts';
import type { RefreshContext } from './refresh-context.ts';

/**
 * Publishes the notifications that are pending in a row, and writes to the row that they are published. If one of the two fails,
 * the next tick publishes them again. Never throws for a failure of AWS.
 */
export async function publishNotifications(context: RefreshContext, row: Connection): Promise<void> {
  const pending = row.lease === undefined ? row.incidents.filter(isPending) : [];
  const published: Incident[] = [];
  let latest = row;
  for (const incident of pending) {
    const tried = await publishOne(context, latest, incident);
    latest = tried.row;
    if (tried.isSettled) published.push(incident);
  }
  if (published.length > 0) await settle(context, latest, withPublished(latest, published));
}

interface Tried {
  readonly row: Connection;
  /** True if nothing remains to be published about the incident. */
  readonly isSettled: boolean;
}

async function publishOne(context: RefreshContext, row: Connection, incident: Incident): Promise<Tried> {
  const { deadlines, log, metrics, notifier, settings } = context;
  const unsettled = { row, isSettled: false };
  if (settings.sender === undefined) return unsettled;
  let about: Record<string, unknown> = { connection: row.name, problem: incident.problem };
  try {
    const notification = await notificationOf(context, row, incident, settings.sender);
    if (typeof notification === 'string') return { row, isSettled: notification === 'nothing' };
    if (!notifier.mayPublish(notification.level)) return unsettled;
    about = fieldsOf(notification);
    const claimed = notification.client === undefined ? row : await claim(context, row);
    if (claimed === undefined) return unsettled;
    await notifier.publish(notification, deadlines.report);
    log.info('notification published', about);
    return { row: claimed, isSettled: true };
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    metrics.record({ NotificationFailed: 1 }, row.name);
    log.warn('a notification could not be published', { ...about, code: error.code, reason: error.message });
    return unsettled;
  }
}

/**
 * Only ticks publish about clients, and two ticks may overlap: the row is due again later for the one that does not publish. Undefined
 * if another attempt wrote first.
 */
async function claim(
  { clock, connections, deadlines }: RefreshContext,
  row: Connection,
): Promise<Connection | undefined> {
  const nowMs = clock.now();
  const next = { ...row, notifyAtMs: nowMs + PUBLISHED_AGAIN_AFTER_MS };
  const claimed = await connections.replaceIfFree(row, next, nowMs, deadlines.report);
  return claimed.written ? claimed.row : undefined;
}

async function notificationOf(
  context: RefreshContext,
  row: Connection,
  incident: Incident,
  sender: Sender,
): Promise<Notification | 'nothing' | 'wait'> {
  const { clock, settings } = context;
  const { problem, client } = incident;
  if (problem === 'client-refused')
    return client === undefined
      ? 'nothing'
      : await judgeForClient(context, row, { incident: { ...incident, client }, sender });
  const declared = declarationOf(settings.declaredConnections, row.name);
  const lostRows = context.lostRows.recent(clock.elapsed());
  const about = { declared, sender, nowMs: clock.now(), lostRows };
  return composeNotification(row, { ...incident, problem }, about) ?? 'nothing';
}

/** Best effort: if another attempt wrote first, or the table does not answer, the notifications are published once more. */
async function settle(context: RefreshContext, row: Connection, next: Connection): Promise<void> {
  const { clock, connections, deadlines, log } = context;
  try {
    await connections.replaceIfFree(row, next, clock.now(), deadlines.report);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    log.warn('a notification will be published again', {
      connection: row.name,
      code: error.code,
      reason: error.message,
    });
  }
}

function fieldsOf({ connection, client, problem, level: severity, isOver }: Notification) {
  const about = client === undefined ? { connection } : { client };
  return { ...about, problem, severity, state: isOver ? 'over' : 'begun' };
}
