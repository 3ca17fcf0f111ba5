import type { Connection, Incident } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { InfrastructureError } from '../core/failures.ts';
import { isPending, withPublished } from '../core/incidents/incidents.ts';
import { composeNotification, type Notification } from '../core/incidents/notification.ts';
import type { RefreshContext } from './refresh-context.ts';

/**
 * Publishes the notifications that are pending in a row, and writes to the row that they are published. If one of the two fails,
 * the next tick publishes them again. Never throws for a failure of AWS.
 */
export async function publishNotifications(context: RefreshContext, row: Connection): Promise<void> {
  const pending = row.lease === undefined ? row.incidents.filter(isPending) : [];
  const published: Incident[] = [];
  for (const incident of pending) {
    if (await publishOne(context, row, incident)) published.push(incident);
  }
  if (published.length > 0) await settle(context, row, withPublished(row, published));
}

/** True if nothing remains to be published about the incident. */
async function publishOne(context: RefreshContext, row: Connection, incident: Incident): Promise<boolean> {
  const { settings, clock, notifier } = context;
  if (settings.sender === undefined) return false;
  const notification = composeNotification(row, incident, {
    declared: declarationOf(settings.declaredConnections, row.name),
    sender: settings.sender,
    nowMs: clock.now(),
  });
  if (notification === undefined) return true;
  if (!notifier.mayPublish(notification.level)) return false;
  try {
    await notifier.publish(notification, context.deadlines.report);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    context.metrics.record({ NotificationFailed: 1 }, row.name);
    context.log.warn('a notification could not be published', {
      ...fieldsOf(notification),
      code: error.code,
      reason: error.message,
    });
    return false;
  }
  context.log.info('notification published', fieldsOf(notification));
  return true;
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

function fieldsOf({ connection, problem, level: severity, isOver }: Notification) {
  return { connection, problem, severity, state: isOver ? 'over' : 'begun' };
}
