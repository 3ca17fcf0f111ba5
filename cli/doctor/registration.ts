import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isMovedAway } from '../../lambdas/core/connection/move-transitions.ts';
import { isParked } from '../../lambdas/core/connection/parking.ts';
import { valueIfRead } from '../aws/try-read.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type DiagnosedConnection, isDeclared } from './diagnosed-connection.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** The time, and what decides whether a connection is parked then. */
interface Moment {
  readonly nowMs: number;
  readonly parkAfterMs: number;
}

/** Whether the refresher knows the connection and refreshes it. */
export function judgeRegistration(connection: DiagnosedConnection, { nowMs, parkAfterMs }: Moment): Finding {
  const { row } = connection;
  if (row.kind === 'unavailable') {
    return row.error.code === 'malformed_row'
      ? fail(row.error.message, 'Correct the row by hand, or restore the table to a point in time.')
      : unavailable('the row', row.error);
  }
  if (row.value === undefined) {
    return isDeclared(connection)
      ? fail(
          'declared, but the refresher has not registered it yet',
          'Wait a minute after the deployment. If it is still not registered, see docs/runbooks/RefresherSilent.md.',
        )
      : fail(
          'it has secrets but no row: the row was lost, or connecting it did not finish',
          fixForLostRow(connection),
        );
  }
  return row.value.status === 'disabled'
    ? fail(`disabled: ${row.value.lastFailure?.message ?? 'no reason is recorded.'}`, fixFor(row.value))
    : pass(
        `${row.value.source}, ${row.value.store === undefined ? '' : 'in DynamoDB, '}${describeFollowing(row.value)}${describeStatus(row.value, { nowMs, parkAfterMs })}`,
      );
}

/** The refresher registers a connection again if it has a token secret. */
function fixForLostRow({ name, tokenSecret }: DiagnosedConnection): string {
  const facts = valueIfRead(tokenSecret);
  return facts !== undefined && facts.deletedAtMs === undefined
    ? `The refresher registers it again when it is asked for a token. Run: zoho-tokens refresh ${name}`
    : `Run: zoho-tokens connect ${name} --data-center …`;
}

/** During a move, another deployment mints. */
function describeFollowing({ name, follows }: Connection): string {
  if (follows === undefined) return '';
  const { secretPrefix } = follows;
  return `follows the deployment ${secretPrefix} (to end it: zoho-tokens adopt --from ${secretPrefix} --finish ${name}), `;
}

function fixFor(row: Connection): string {
  const { name, lastFailure } = row;
  if (isMovedAway(row)) return 'Use the new deployment, and delete the stack of this one.';
  switch (lastFailure?.code) {
    case 'paused':
      return `Run: zoho-tokens resume ${name}`;
    case 'disconnected':
      return `Run: zoho-tokens connect ${name} --data-center …`;
    case 'revoked':
      return `Run: zoho-tokens authorize ${name}`;
    default:
      return `Declare it in cdk.json again and deploy. To end its authorization, run zoho-tokens revoke ${name}, then disconnect.`;
  }
}

function describeStatus(row: Connection, { nowMs, parkAfterMs }: Moment): string {
  const { status, nextAttemptAtMs, blockedAtMs } = row;
  const leftMs = nextAttemptAtMs - nowMs;
  const next =
    leftMs > 0 ? `next attempt in ${formatDuration(leftMs)}` : `due for ${formatDuration(-leftMs)}`;
  switch (status) {
    case 'pending':
      return `pending: waiting for the first authorization, ${next}`;
    case 'cooling-down':
      return `cooling-down: Zoho throttled it, ${next}`;
    case 'blocked': {
      const since = blockedAtMs === undefined ? '' : ` for ${formatDuration(nowMs - blockedAtMs)}`;
      return isParked(row, parkAfterMs, nowMs)
        ? `parked: blocked${since}, so Zoho is asked once a day, see last-failure; ${next}`
        : `blocked${since}: it needs you to act, see last-failure; ${next}`;
    }
    default:
      return `${status}, ${next}`;
  }
}
