import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { classOf, type FailureClass } from '../../lambdas/core/failures.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass } from './finding.ts';

/** Why the last attempt failed. One that mends itself is a fault only once there is no token left. */
export function judgeLastFailure(
  { name, status, lastFailure, token }: Pick<Connection, 'name' | 'status' | 'lastFailure' | 'token'>,
  nowMs: number,
): Finding {
  if (lastFailure === undefined) return pass('none');
  const failureClass = classOf(lastFailure.code);
  const when = `${formatDuration(nowMs - lastFailure.atMs)} ago`;
  const found = `${lastFailure.message} (${lastFailure.code}, ${failureClass}, ${when})`;
  const hasToken = token !== undefined && token.expiresAtMs > nowMs;
  // A connection that was switched off has failed the first check already.
  if (status === 'disabled') return pass(found);
  const needsSomebody = status === 'blocked' || failureClass === 'no-credentials';
  return needsSomebody || !hasToken ? fail(found, remedyOf(name, failureClass)) : pass(found);
}

function remedyOf(name: string, failureClass: FailureClass): string {
  switch (failureClass) {
    case 'reauthorize':
    case 'no-credentials':
      return `zoho-tokens authorize ${name}`;
    case 'configuration':
      return `zoho-tokens doctor ${name} --probe-data-centers, or zoho-tokens authorize ${name}`;
    case 'throttled':
      return 'Nothing now: asking again keeps Zoho throttling. Find out what else mints with this refresh token.';
    case 'aws':
    case 'transient':
      return 'It is tried again by itself. docs/runbooks/RefreshFailing.md says who is down.';
    case 'undeclared':
    case 'switched-off':
      return `zoho-tokens resume ${name}`;
  }
}
