/** What the consumer tries, and the error that it must get; `null` where it must be allowed. */
export const PROBES = {
  'read its own token': null,
  'request a refresh': null,
  'invoke the refresher without an alias': 'AccessDeniedException',
  'invoke the refresher as the schedule': 'AccessDeniedException',
  'invoke the refresher as an operator': 'AccessDeniedException',
  'read the credentials': 'AccessDeniedException',
  "read another connection's token": 'AccessDeniedException',
  'write its own token': 'AccessDeniedException',
  'delete its own token': 'AccessDeniedException',
} as const satisfies Readonly<Record<string, string | null>>;

/** What each probe got: the name of the error, or `null`. */
export type ProbeResults = Readonly<Record<keyof typeof PROBES, string | null>>;

/**
 * A Lambda function with the permissions of `attachTo`. It returns the names of errors only. A token secret without a value is
 * ResourceNotFoundException, which IAM has allowed.
 */
export const PROBER_CODE = `
const { SecretsManagerClient: S, GetSecretValueCommand: Get, PutSecretValueCommand: Put, DeleteSecretCommand: Delete } = require('@aws-sdk/client-secrets-manager');
const { LambdaClient: L, InvokeCommand: Invoke } = require('@aws-sdk/client-lambda');
const prefix = process.env.ZOHO_SECRET_PREFIX, secrets = new S(), lambda = new L();
const attempt = async (client, command) => {
  try { await client.send(command); return null; }
  catch (error) { return error.name === 'ResourceNotFoundException' ? null : error.name; }
};
exports.handler = async ({ connection }) => {
  const token = prefix + '/' + connection + '/access-token';
  const refresh = JSON.stringify({ action: 'refresh', connection, reason: 'unauthorized' });
  const consumers = process.env.ZOHO_REFRESHER_FUNCTION_NAME, refresher = consumers.replace(/:consumers$/, '');
  const invoke = (FunctionName) => attempt(lambda, new Invoke({ FunctionName, Payload: refresh }));
  return {
    'read its own token': await attempt(secrets, new Get({ SecretId: token })),
    'request a refresh': await invoke(consumers),
    'invoke the refresher without an alias': await invoke(refresher),
    'invoke the refresher as the schedule': await invoke(refresher + ':schedule'),
    'invoke the refresher as an operator': await invoke(refresher + ':operators'),
    'read the credentials': await attempt(secrets, new Get({ SecretId: prefix + '/' + connection + '/credentials' })),
    "read another connection's token": await attempt(secrets, new Get({ SecretId: prefix + '/another/access-token' })),
    'write its own token': await attempt(secrets, new Put({ SecretId: token, SecretString: '{}' })),
    'delete its own token': await attempt(secrets, new Delete({ SecretId: token })),
  };
};
`;
