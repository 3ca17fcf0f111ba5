import type { PublishedToken } from '../../lambdas/adapters/published-token.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import type { AccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { SHORT_LIFE_MS } from '../../lambdas/core/zoho/token-response.ts';
import { describeFailedRead, type ReadResult } from '../aws/try-read.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** What a row records about the published token. */
export type PublishedRow = Pick<Connection, 'publishedGeneration' | 'token'>;

/** Whether consumers read a valid token. The secret takes precedence over the row, because consumers read the secret. */
export function judgeToken(
  name: string,
  published: ReadResult<PublishedToken>,
  row: PublishedRow | undefined,
  nowMs: number,
): Finding {
  if (published.kind === 'unavailable') return judgeByRow(name, published.error, row, nowMs);
  const { value } = published;
  if (value.ok) return judgePublished(name, value.token, row, nowMs);
  return value.problems === 'empty'
    ? fail('no token was ever published', afterAuthorization(name))
    : fail(`the token secret is not valid for consumers: ${value.problems.join('; ')}`, refresh(name));
}

function judgePublished(
  name: string,
  token: AccessToken,
  row: PublishedRow | undefined,
  nowMs: number,
): Finding {
  const { connection, generation, expiresAtMs } = token;
  if (connection !== name)
    return fail('the token secret holds the token of another connection', refresh(name));
  if (row !== undefined && generation < row.publishedGeneration) {
    return fail(
      `consumers read generation ${generation}, but ${row.publishedGeneration} was published: AWSCURRENT was moved back`,
      refresh(name),
    );
  }
  const isAhead = row !== undefined && generation > row.publishedGeneration;
  const note = isAhead ? ' (newer than the row: a refresh has not been recorded yet)' : '';
  return judgeExpiry(name, { generation, expiresAtMs, note: `${noteOfLife(token)}${note}` }, nowMs);
}

/** Explains a token that expires early, which is no fault of the refresher. */
function noteOfLife({ issuedAtMs, expiresAtMs }: AccessToken): string {
  const lifeMs = expiresAtMs - issuedAtMs;
  return lifeMs < SHORT_LIFE_MS
    ? ` (Zoho issued it for ${formatDuration(lifeMs)} instead of an hour: see docs/runbooks/ContractChanged.md)`
    : '';
}

function judgeByRow(
  name: string,
  error: InfrastructureError,
  row: PublishedRow | undefined,
  nowMs: number,
): Finding {
  const connect = `zoho-tokens connect ${name} --data-center …`;
  if (error.code === 'secret_being_deleted') {
    return fail(
      'the token secret is scheduled for deletion: consumers cannot read it',
      `Restore it: ${connect}, or aws secretsmanager restore-secret.`,
    );
  }
  if (error.code === 'aws_not_found')
    return fail('the token secret does not exist', `Deploy the stack, or run: ${connect}`);
  if (row === undefined) return unavailable('the token', error);
  const note = ` (from the row only: ${describeFailedRead(error)})`;
  if (row.token === undefined) return fail(`no token was ever published${note}`, afterAuthorization(name));
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
    : fail(`generation ${generation} expired ${formatDuration(-leftMs)} ago${note}`, refresh(name));
}

function refresh(name: string): string {
  return `Run: zoho-tokens refresh ${name}`;
}

function afterAuthorization(name: string): string {
  return `Once it is authorized, run: zoho-tokens refresh ${name}`;
}
