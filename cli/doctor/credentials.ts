import { isCiphertextRefused } from '../../lambdas/adapters/aws-error-kinds.ts';
import { hadCredentials } from '../../lambdas/core/connection/connection.ts';
import { type InfrastructureError, isClientFailure } from '../../lambdas/core/failures.ts';
import { parseCredentials, referredClient } from '../../lambdas/core/secrets/credentials.ts';
import { describeFailedRead, valueIfRead } from '../aws/try-read.ts';
import { adviseOnClient } from '../clients/client-advice.ts';
import { restoreOrAuthorize } from '../stores/restore-or-authorize.ts';
import type { DiagnosedConnection } from './diagnosed-connection.ts';
import { type Finding, fail, pass, unavailable, unknown } from './finding.ts';

type Facts = Pick<DiagnosedConnection, 'name' | 'stored' | 'secret' | 'row' | 'lostClient'>;

/** Whether the stored credentials are what the refresher needs, and whether the refresher can read it. */
export function judgeCredentials(connection: Facts): Finding {
  const { name, stored, secret } = connection;
  const fix = `Run: zoho-tokens authorize ${name}`;
  const followed = valueIfRead(connection.row)?.follows;
  if (followed !== undefined) return pass(`not used here: the deployment ${followed.secretPrefix} has them`);
  // IAM denies a secret that does not exist if the policy has a pattern. DescribeSecret says which of both it is.
  if (secret.kind === 'read' && secret.value === undefined) return judgeMissing(connection);
  if (stored.kind === 'unavailable') return judgeUnavailable(name, stored.error);
  if (stored.value.kind === 'empty')
    return isSealed(connection)
      ? judgeMissing(connection)
      : fail('the credentials secret is empty: the connection was never authorized', fix);
  if (connection.lostClient !== undefined) return judgeLostClient(name, connection.lostClient);
  const parsed = parseCredentials(stored.value.text, stored.value.clientText);
  if (!parsed.ok) {
    const client = referredClient(stored.value.text);
    const isOfClient = client !== undefined && isClientFailure(parsed.failure.code);
    return fail(parsed.failure.message, isOfClient ? adviseOnClient(name, client, parsed.failure.code) : fix);
  }
  if (isUnseenByRefresher(connection)) {
    return fail(
      'complete, but the refresher could not read them since they were stored',
      `Check the refresher's role, its permissions boundary and the resource policy of the secret. Then run: zoho-tokens refresh ${name}`,
    );
  }
  const { client, dataCenter } = parsed.credentials;
  return pass(
    `complete, for data center ${dataCenter}${client === undefined ? '' : `, with the client ${client}`}`,
  );
}

/** IAM answers alike for a secret that does not exist. Its metadata says which of both it is. */
function judgeLostClient(
  name: string,
  { name: client, secret }: NonNullable<DiagnosedConnection['lostClient']>,
): Finding {
  const what = `they refer to the client ${client}, whose secret`;
  if (secret.kind === 'unavailable') return unavailable(`the secret of the client ${client}`, secret.error);
  if (secret.value !== undefined && secret.value.deletedAtMs === undefined) {
    return unknown(`${what} you may not read`, 'Ask for the permissions in docs/operator-policy.json.');
  }
  const isGone = secret.value === undefined;
  return fail(
    `${what} ${isGone ? 'does not exist' : 'is scheduled for deletion'}`,
    adviseOnClient(name, client, 'unknown_client'),
  );
}

function judgeMissing(connection: Facts): Finding {
  const { name, row } = connection;
  const known = valueIfRead(row);
  if (known === undefined || !hadCredentials(known)) {
    const missing = isSealed(connection)
      ? 'DynamoDB has no credentials'
      : 'the credentials secret does not exist';
    return fail(`${missing}: the connection was never authorized`, `Run: zoho-tokens authorize ${name}`);
  }
  return isSealed(connection)
    ? fail('the credentials are not in DynamoDB any more', restoreOrAuthorize(name))
    : fail(
        'the credentials secret does not exist any more',
        `Authorize again: zoho-tokens authorize ${name}. Look who deleted it: DeleteSecret in CloudTrail.`,
      );
}

/** Whether they are in DynamoDB, which has no secrets. */
function isSealed({ row }: Pick<Facts, 'row'>): boolean {
  return valueIfRead(row)?.store === 'dynamodb';
}

/** For a new connection, the refresher takes a secret that it may not read for one that does not exist. */
function isUnseenByRefresher({ row, secret }: Facts): boolean {
  const failure = valueIfRead(row)?.lastFailure;
  const changedAtMs = valueIfRead(secret)?.changedAtMs;
  return (
    failure?.code === 'no_credentials' && changedAtMs !== undefined && failure.atMs > changedAtMs + VISIBLE_MS
  );
}

/** Secrets Manager's reads are eventually consistent. */
const VISIBLE_MS = 60_000;

function judgeUnavailable(name: string, error: InfrastructureError): Finding {
  if (error.code === 'secret_being_deleted') {
    return fail(
      'the credentials secret is scheduled for deletion',
      `Restore it: aws secretsmanager restore-secret, or zoho-tokens authorize ${name}. A disconnected connection: zoho-tokens connect ${name} --data-center …`,
    );
  }
  if (isCiphertextRefused(error.call?.errorName ?? ''))
    return fail(
      `they cannot be decrypted: ${describeFailedRead(error)}`,
      `Run: zoho-tokens adopt ${name} --dry-run, which says why`,
    );
  return unavailable('the credentials', error);
}
