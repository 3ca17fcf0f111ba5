import type { PublishedToken } from '../../lambdas/adapters/published-token.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import type { AccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { type Look, missingOf } from '../aws/try-read.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass, unseen } from './finding.ts';

/** The part of a row that says what was published. */
export type PublishedRow = Pick<Connection, 'publishedGeneration' | 'token'>;

/** Whether consumers read a token that works. The secret goes before the row: it is what they read. */
export function judgeToken(
  name: string,
  published: Look<PublishedToken>,
  row: PublishedRow | undefined,
  nowMs: number,
): Finding {
  if (published.kind === 'unseen') return judgeWithoutSecret(name, published.error, row, nowMs);
  const { value } = published;
  if (!value.ok) {
    return value.problems === 'empty'
      ? fail('no token was ever published', `zoho-tokens refresh ${name}, once it is authorized`)
      : fail(
          `the token secret cannot be read by consumers: ${value.problems.join('; ')}`,
          `zoho-tokens refresh ${name}`,
        );
  }
  return judgePublished(name, value.token, row, nowMs);
}

function judgePublished(
  name: string,
  token: AccessToken,
  row: PublishedRow | undefined,
  nowMs: number,
): Finding {
  const { connection, generation, expiresAtMs } = token;
  if (connection !== name)
    return fail('the token secret holds the token of another connection', `zoho-tokens refresh ${name}`);
  if (row !== undefined && generation < row.publishedGeneration) {
    return fail(
      `consumers read generation ${generation}, but ${row.publishedGeneration} was published: somebody moved AWSCURRENT`,
      `zoho-tokens refresh ${name}`,
    );
  }
  const isAhead = row !== undefined && generation > row.publishedGeneration;
  const ahead = isAhead ? ' (newer than the row says: a refresh has not reported back yet)' : '';
  return judgeExpiry(name, { generation, expiresAtMs, note: ahead }, nowMs);
}

function judgeWithoutSecret(
  name: string,
  error: InfrastructureError,
  row: PublishedRow | undefined,
  nowMs: number,
): Finding {
  if (error.code === 'secret_being_deleted') {
    return fail(
      'the token secret is scheduled for deletion: consumers cannot read it',
      `zoho-tokens connect ${name} --data-center … takes it back; so does: aws secretsmanager restore-secret`,
    );
  }
  if (error.code === 'aws_not_found')
    return fail(
      'there is no token secret',
      `Deploy the stack, or: zoho-tokens connect ${name} --data-center …`,
    );
  const note = ` (by the row alone: ${missingOf(error)})`;
  if (row === undefined) return unseen('the token', error);
  if (row.token === undefined)
    return fail(`no token was ever published${note}`, `zoho-tokens refresh ${name}, once it is authorized`);
  const { publishedGeneration: generation, token } = row;
  return judgeExpiry(name, { generation, expiresAtMs: token.expiresAtMs, note }, nowMs);
}

function judgeExpiry(
  name: string,
  { generation, expiresAtMs, note }: { generation: number; expiresAtMs: number; note: string },
  nowMs: number,
): Finding {
  const leftMs = expiresAtMs - nowMs;
  return leftMs > 0
    ? pass(`generation ${generation}, valid for ${formatDuration(leftMs)}${note}`)
    : fail(
        `generation ${generation} expired ${formatDuration(-leftMs)} ago${note}`,
        `zoho-tokens refresh ${name}`,
      );
}
