import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { isDeclared, type Patient } from './diagnosed-connection.ts';
import { type Finding, fail, pass, unseen } from './finding.ts';

/** Whether the refresher knows the connection and is meant to refresh it. */
export function judgeRegistration(patient: Patient, nowMs: number): Finding {
  const { name, row } = patient;
  if (row.kind === 'unseen') {
    return row.error.code === 'malformed_row'
      ? fail(row.error.message, 'Mend the row by hand, or restore it from a point in time of the table.')
      : unseen('the row', row.error);
  }
  if (row.value === undefined) {
    return isDeclared(patient)
      ? fail(
          'declared, but the refresher has not registered it yet',
          'It does so within a minute of the deployment; if not: docs/runbooks/RefresherSilent.md.',
        )
      : fail(
          'it has secrets, but no row: it was never connected to the end, or its row was deleted',
          `zoho-tokens connect ${name} --data-center …`,
        );
  }
  return row.value.status === 'disabled'
    ? fail(`switched off: ${row.value.lastFailure?.message ?? 'nobody said why.'}`, remedyOf(row.value))
    : pass(`${row.value.source}, ${statusInWords(row.value, nowMs)}`);
}

function remedyOf({ name, lastFailure }: Connection): string {
  switch (lastFailure?.code) {
    case 'paused':
      return `zoho-tokens resume ${name}`;
    case 'disconnected':
      return `zoho-tokens connect ${name} --data-center …`;
    case 'revoked':
      return `zoho-tokens authorize ${name}`;
    default:
      return 'Declare it in cdk.json again and deploy; or end its authorization: zoho-tokens revoke, then disconnect.';
  }
}

function statusInWords({ status, nextAttemptAtMs }: Connection, nowMs: number): string {
  const leftMs = nextAttemptAtMs - nowMs;
  const next =
    leftMs > 0 ? `next attempt in ${formatDuration(leftMs)}` : `due for ${formatDuration(-leftMs)}`;
  switch (status) {
    case 'pending':
      return `pending: it waits for its first authorization, ${next}`;
    case 'cooling-down':
      return `cooling-down: Zoho throttled it and is left alone, ${next}`;
    case 'blocked':
      return `blocked: somebody has to act, see the last failure; ${next}`;
    default:
      return `${status}, ${next}`;
  }
}
