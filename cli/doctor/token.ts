import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import type { AccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { SHORT_LIFE_MS } from '../../lambdas/core/zoho/token-response.ts';
import { describeFailedRead } from '../aws/try-read.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { NAME_OF_STORE } from '../reports/place.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';
import type { ReadToken } from './published-token.ts';

/** What a row records about the published token. */
export type PublishedRow = Pick<Connection, 'publishedGeneration' | 'token' | 'status' | 'store'>;

/** What the fix depends on. */
interface Circumstances {
  readonly nowMs: number;
  /** Whether credentials are stored. */
  readonly isAuthorized: boolean;
}

/** Whether consumers read a valid token. What they read takes precedence over the row. */
export function judgeToken(
  name: string,
  { store, published }: ReadToken,
  row: PublishedRow | undefined,
  { nowMs, isAuthorized }: Circumstances,
): Finding {
  const fix = fixFor(name, row, isAuthorized);
  if (published.kind === 'unavailable') return judgeByRow(name, { store, published }, row, { nowMs, fix });
  const { value } = published;
  if (value.ok) return judgePublished(value.token, { name, store, row, nowMs, fix });
  return value.problems === 'empty'
    ? fail('no token was ever published', fix)
    : fail(`${WHAT[store]} is not valid for consumers: ${value.problems.join('; ')}`, fix);
}

/** What consumers read in each store. */
const WHAT: Readonly<Record<SecretStoreName, string>> = {
  dynamodb: 'the item in the table of tokens',
  'secrets-manager': 'the token secret',
};

/** A blocked connection gets no token before the cause is fixed. */
function fixFor(name: string, row: PublishedRow | undefined, isAuthorized: boolean): string {
  if (row?.status === 'blocked') return 'Fix what the check last-failure found.';
  return isAuthorized ? `Run: zoho-tokens refresh ${name}` : `Run: zoho-tokens authorize ${name}`;
}

function judgePublished(
  token: AccessToken,
  {
    name,
    store,
    row,
    nowMs,
    fix,
  }: {
    readonly name: string;
    readonly store: SecretStoreName;
    readonly row: PublishedRow | undefined;
    readonly nowMs: number;
    readonly fix: string;
  },
): Finding {
  const { connection, generation, expiresAtMs } = token;
  if (connection !== name) return fail(`${WHAT[store]} holds the token of another connection`, fix);
  if (row !== undefined && generation < row.publishedGeneration) {
    const found = `consumers read generation ${generation}, but ${row.publishedGeneration} was published`;
    const intended = row.store ?? 'secrets-manager';
    return store === intended
      ? fail(`${found}: ${store === 'dynamodb' ? 'the item' : 'AWSCURRENT'} was moved back`, fix)
      : fail(
          `${found} in ${NAME_OF_STORE[intended]}: ${WHAT[store]} is left from a move that did not finish`,
          `Run: zoho-tokens move ${name} --to ${intended}`,
        );
  }
  const isAhead = row !== undefined && generation > row.publishedGeneration;
  const note = isAhead ? ' (newer than the row: a refresh has not been recorded yet)' : '';
  return judgeExpiry({ generation, expiresAtMs, note: `${noteOfLife(token)}${note}` }, { nowMs, fix });
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
  {
    store,
    published: { error },
  }: { readonly store: SecretStoreName; readonly published: { readonly error: InfrastructureError } },
  row: PublishedRow | undefined,
  { nowMs, fix }: { readonly nowMs: number; readonly fix: string },
): Finding {
  const connect = `zoho-tokens connect ${name} --data-center …`;
  if (error.code === 'secret_being_deleted') {
    return fail(
      'the token secret is scheduled for deletion: consumers cannot read it',
      `Restore it: ${connect}, or aws secretsmanager restore-secret.`,
    );
  }
  if (error.code === 'aws_not_found' && store === 'dynamodb')
    return fail('the table of tokens does not exist', 'Deploy the stack again: cdk deploy --revert-drift');
  if (error.code === 'aws_not_found')
    return fail('the token secret does not exist', `Deploy the stack, or run: ${connect}`);
  if (row === undefined) return unavailable('the token', error);
  const note = ` (from the row only: ${describeFailedRead(error)})`;
  if (row.token === undefined) return fail(`no token was ever published${note}`, fix);
  const { publishedGeneration: generation, token } = row;
  return judgeExpiry({ generation, expiresAtMs: token.expiresAtMs, note }, { nowMs, fix });
}

function judgeExpiry(
  {
    generation,
    expiresAtMs,
    note,
  }: { readonly generation: number; readonly expiresAtMs: number; readonly note: string },
  { nowMs, fix }: { readonly nowMs: number; readonly fix: string },
): Finding {
  const leftMs = expiresAtMs - nowMs;
  return leftMs > 0
    ? pass(`generation ${generation}, valid for ${formatDuration(leftMs)}${note}`)
    : fail(`generation ${generation} expired ${formatDuration(-leftMs)} ago${note}`, fix);
}
