/**
 * What the client uses of an AWS SDK client (version 3), such as `SecretsManagerClient` or `LambdaClient`. Any version of
 * the SDK has it.
 *
 * @example
 * const secretsManagerClient: AwsClient = new SecretsManagerClient({ region: 'eu-central-1' });
 */
export interface AwsClient {
  /** Sends one command, such as `GetSecretValueCommand`, and returns its output. */
  send(command: { readonly input: object }): Promise<unknown>;
}
