import { credentialsSecretName } from '../connection/connection-name.ts';
import type { Failure } from '../failures.ts';

/** The failures of an attempt that neither Zoho nor AWS caused. */

/** The credentials secret has no value. Says how to authorize: `status` shows it for a new connection. */
export function noCredentials(secretPrefix: string, connection: string): Failure {
  const secret = credentialsSecretName(secretPrefix, connection);
  return {
    code: 'no_credentials',
    message: `Not authorized yet: the secret ${secret} is empty. Fill it with: zoho-tokens authorize ${connection}`,
  };
}

/** It was declared once, and is gone from the configuration. */
export const UNDECLARED: Failure = {
  code: 'undeclared',
  message: 'The connection is no longer in the configuration. Declare it again, and it goes on by itself.',
};

export const LEASE_EXPIRED: Failure = {
  code: 'lease_expired',
  message:
    'The lease ran out before Zoho could be asked: the function was paused, or AWS was slow. Tried again soon.',
};

/** Zoho never repeats what it was sent. A token that does is not published, for consumers could read it. */
export const CREDENTIALS_ECHOED: Failure = {
  code: 'unrecognized_response',
  message: 'Zoho answered with the credentials in the place of an access token. Tried again soon.',
};

export const SUPERSEDED: Failure = {
  code: 'superseded',
  message:
    'The token secret already holds a token of the same or a higher generation; ours was dropped. Tried again soon.',
};

/** A bug. Its place in the code is logged with it. */
export const INTERNAL_ERROR: Failure = {
  code: 'internal_error',
  message: 'An unexpected error. The connection is attempted again when its lease ends.',
};
