import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Finding } from './finding.ts';

/** Commands that call Zoho for the connection. */
const CALLS_ZOHO = /zoho-tokens (?:refresh|authorize|move)\b|--probe-data-centers/;

/** While Zoho throttles a connection, every call prolongs that. So no finding advises one: what remains is to wait. */
export function waitOutThrottling(
  { fix, ...finding }: Finding,
  row: Pick<Connection, 'status' | 'nextAttemptAtMs'> | undefined,
  nowMs: number,
): Finding {
  if (fix === undefined || row?.status !== 'cooling-down' || !CALLS_ZOHO.test(fix))
    return fix === undefined ? finding : { ...finding, fix };
  const leftMs = row.nextAttemptAtMs - nowMs;
  return {
    ...finding,
    fix: `Wait: Zoho throttles the connection, and every call prolongs that. The refresher asks again ${leftMs > 0 ? `in ${formatDuration(leftMs)}` : 'now'}. Then run doctor again.`,
  };
}
