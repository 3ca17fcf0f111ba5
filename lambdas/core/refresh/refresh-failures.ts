import { credentialsSecretName } from '../connection/connection-name.ts';
import { type Failure, RETRIED } from '../failures.ts';

/** Failures of an attempt that neither Zoho nor AWS caused. */

/** The credentials secret has no value. `status` shows this message for a new connection. */
export function noCredentials(secretPrefix: string, connection: string): Failure {
  const secret = credentialsSecretName(secretPrefix, connection);
  return {
    code: 'no_credentials',
    message: `Not authorized yet: the secret ${secret} is empty. Run: zoho-tokens authorize ${connection}`,
  };
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

/** A token that repeats the credentials is not published, because consumers would read it. */
export const CREDENTIALS_ECHOED: Failure = {
  code: 'unrecognized_response',
  message: `Zoho answered with the credentials instead of an access token. ${RETRIED}`,
};

export const SUPERSEDED: Failure = {
  code: 'superseded',
  message: `The token secret already has a token of the same or a higher generation, so this one was dropped. ${RETRIED}`,
};

/** A bug. The log says where. */
export const INTERNAL_ERROR: Failure = {
  code: 'internal_error',
  message: 'Unexpected error. The connection is retried when its lease ends.',
};
