import { type Connection, hadCredentials } from '../connection/connection.ts';
import { accessTokenSecretName, credentialsSecretName } from '../connection/connection-name.ts';
import { type Failure, RETRIED } from '../failures.ts';

/** Failures of an attempt that neither Zoho nor AWS caused, and those that only the connection explains. */

/** There are no credentials. `status` shows this message for a new connection. */
export function noCredentials(secretPrefix: string, connection: Connection): Failure {
  const { name, store } = connection;
  if (store === 'dynamodb' && hadCredentials(connection))
    return {
      code: 'no_credentials',
      message: `The credentials of ${name} are not in DynamoDB any more. If another table or a backup has them, see docs/runbooks/TableRestored.md. If not, run: zoho-tokens authorize ${name}`,
    };
  const missing =
    store === 'dynamodb'
      ? 'DynamoDB has no credentials of it'
      : `the secret ${credentialsSecretName(secretPrefix, name)} is empty or does not exist`;
  return {
    code: 'no_credentials',
    message: `Not authorized yet: ${missing}. Run: zoho-tokens authorize ${name}`,
  };
}

/** The credentials are those of an authorization that has ended. Zoho would refuse them. */
export function authorizationEnded(connection: string): Failure {
  return {
    code: 'no_credentials',
    message: `The authorization of the stored credentials has ended: it was revoked, or Zoho refused it before the connection was disconnected. Run: zoho-tokens authorize ${connection}`,
  };
}

/**
 * The failure to read the credentials secret. Until the connection has had credentials, a missing secret means that it is
 * not authorized yet; later it is a problem. IAM denies a secret that does not exist: it judges the bare name, which the
 * pattern `NAME-??????` in the role's policy does not match. A denied KMS key is another code and stays one, and so does every failure of
 * DynamoDB, which answers that there is no item.
 */
export function unreadableCredentials(
  secretPrefix: string,
  connection: Connection,
  failure: Failure,
): Failure {
  const { name } = connection;
  if (!mayBeMissing(connection, failure)) return failure;
  if (!hadCredentials(connection)) return noCredentials(secretPrefix, connection);
  const secret = credentialsSecretName(secretPrefix, name);
  const recover = `Restore it (aws secretsmanager restore-secret --secret-id ${secret}), take over what an earlier deployment left (zoho-tokens adopt ${name}), or authorize again (zoho-tokens authorize ${name}).`;
  return failure.code === 'aws_not_found'
    ? { ...failure, message: `The credentials secret ${secret} does not exist any more. ${recover}` }
    : {
        ...failure,
        message: `The credentials secret ${secret} cannot be read: IAM denies it, or it does not exist any more (IAM answers alike). Run: zoho-tokens doctor ${name}. If it does not exist: ${recover}`,
      };
}

/** The failure to write the token secret, which IAM also denies when it does not exist. */
export function unwritableToken(secretPrefix: string, connection: Connection, failure: Failure): Failure {
  if (!mayBeMissing(connection, failure)) return failure;
  const { name, source } = connection;
  const secret = accessTokenSecretName(secretPrefix, name);
  const create =
    source === 'declared'
      ? 'deploy the stack again with cdk deploy --revert-drift'
      : `run zoho-tokens connect ${name} --data-center …`;
  return {
    ...failure,
    message: `The token secret ${secret} cannot be written: it does not exist, or IAM denies it (IAM answers alike). If it does not exist, ${create}. Otherwise check the refresher's role and the policy of the secret.`,
  };
}

function mayBeMissing({ store }: Connection, { code }: Failure): boolean {
  return store !== 'dynamodb' && (code === 'aws_not_found' || code === 'aws_access_denied');
}

/** What `status` shows until a refusal is confirmed. */
export function unconfirmed({ message }: Failure, isMassRefusal: boolean): string {
  return isMassRefusal
    ? `Zoho refuses many connections of several clients in this data center at once, so this is treated as a problem of Zoho. It is asked again every few minutes. Check https://status.zoho.com. ${message}`
    : `Not confirmed: Zoho refuses this, and is asked again for a few minutes before the connection is blocked. ${message}`;
}

/** What `status` shows until the next attempt, with the refresh token that Zoho has issued meanwhile. */
export const TOKEN_REPLACED =
  'Zoho refuses the refresh token. A newer one of Zoho is stored, and is tried within a minute.';

/** What `status` shows when neither secret of a client is accepted. */
export function pendingRefused(client = 'CLIENT'): string {
  return `Zoho accepts neither the secret of the client nor the new one that is stored with it. Copy the secret again from the page of the client at Zoho, and run: zoho-tokens client rotate ${client}`;
}

/** The connection was declared and is no longer in the configuration. */
export const UNDECLARED: Failure = {
  code: 'undeclared',
  message: 'The connection is no longer in the configuration. Declare it again to enable it.',
};

export const LEASE_EXPIRED: Failure = {
  code: 'lease_expired',
  message: `The lease expired before Zoho was called: the function was paused, or AWS was slow. ${RETRIED}`,
};

/** The connection waits with others of its client. */
export const OTHERS_THROTTLED: Failure = {
  code: 'throttled',
  message: `Zoho throttles other connections with the same client, so this one does not ask for ten minutes. ${RETRIED}`,
};

/** The connection waits for its turn: Zoho counts the tokens of all connections of a client together. */
export const CLIENT_THROTTLED: Failure = {
  code: 'throttled',
  message:
    'Zoho throttles the client of this connection, whose connections take turns, the oldest token first. Use several clients: see docs/platforms.md.',
};

/** A token that repeats the credentials is not published, because consumers would read it. */
export const CREDENTIALS_ECHOED: Failure = {
  code: 'unrecognized_response',
  message: `Zoho answered with the credentials instead of an access token. ${RETRIED}`,
};

export const SUPERSEDED: Failure = {
  code: 'superseded',
  message: `A token of the same or a higher generation is published already, so this one was dropped. ${RETRIED}`,
};

/** A bug. The log says where. */
export const INTERNAL_ERROR: Failure = {
  code: 'internal_error',
  message: 'Unexpected error. The connection is retried when its lease ends.',
};
