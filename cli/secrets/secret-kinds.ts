import {
  accessTokenSecretName,
  clientSecretName,
  credentialsSecretName,
} from '../../lambdas/core/connection/connection-name.ts';

/** The secrets of a connection, and that of a client which connections share. */
export type SecretKind = 'credentials' | 'access-token' | 'client';

/** The name of a secret, by its prefix and its connection or client. */
export const NAME_OF = {
  credentials: credentialsSecretName,
  'access-token': accessTokenSecretName,
  client: clientSecretName,
} as const;

/** How the description of a secret begins; the name follows. */
export const DESCRIPTION_OF = {
  credentials: 'Zoho credentials of the connection',
  'access-token': 'Zoho access token of the connection',
  client: 'Zoho client',
} as const;
