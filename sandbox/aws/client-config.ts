/** What the AWS SDK's clients need to reach a stand-in. */
export interface AwsClientConfig {
  readonly region: 'eu-west-1';
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Static dummy credentials: no stand-in checks signatures, but no SDK sends a request without one. */
export function clientConfigFor(endpoint: string): AwsClientConfig {
  return {
    region: 'eu-west-1',
    endpoint,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  };
}
