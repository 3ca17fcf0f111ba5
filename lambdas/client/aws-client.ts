/**
 * What the client uses of an AWS SDK client (version 3), such as `SecretsManagerClient` or `LambdaClient`. Any version of
 * the SDK has it.
 *
 * @example
 * const secretsManagerClient: AwsClient = new SecretsManagerClient({ region: 'eu-central-1' });
 */
export interface AwsClient {
  /** Sends one command, such as `GetSecretValueCommand`, and returns its output. `abortSignal` ends a call that takes too long. */
  send(
    command: { readonly input: object },
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<unknown>;
}

/**
 * Limits of the SDK clients that this library creates. The SDK has none of its own: a silent server would be waited for
 * for ever. The client's own deadlines are shorter than all attempts together.
 */
export const limits = (requestTimeout: number) => ({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout, throwOnRequestTimeout: true },
});
