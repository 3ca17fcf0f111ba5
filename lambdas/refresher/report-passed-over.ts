import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { weightOf } from '../core/incidents/alarm-weight.ts';
import type { RefreshContext } from './refresh-context.ts';

/**
 * Reports the renewals that a tick has passed over because their data center does not answer. Their rows are not written. They count as
 * failing, as if each had been tried: for the alarm, and so that the outage is not one problem of each connection.
 */
export function reportPassedOver(context: RefreshContext, rows: readonly Connection[]): void {
  if (rows.length === 0) return;
  const { clock, failing, fleet, log, metrics, settings } = context;
  const size = fleet.size(clock.now());
  const waiting = new Map<string, number>();
  let weight = 0;
  for (const { name, dataCenter = 'unknown' } of rows) {
    failing.record(name, 'failed', clock.elapsed());
    weight += weightOf(declarationOf(settings.declaredConnections, name), size);
    waiting.set(dataCenter, (waiting.get(dataCenter) ?? 0) + 1);
  }
  metrics.record({ FailingWeight: weight });
  for (const [dataCenter, connections] of waiting) {
    log.warn('a data center of Zoho does not answer', {
      dataCenter,
      waiting: connections,
      reason:
        'Five connections in a row got no answer. One of them asks again with every tick, and the others wait.',
    });
  }
}
