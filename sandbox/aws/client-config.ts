/** The configuration of an AWS SDK client for a stand-in. */
export interface AwsClientConfig {
  readonly region: 'eu-west-1';
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Has dummy credentials: stand-ins do not check signatures, but SDKs send no request without one. */
export function clientConfigFor(endpoint: string): AwsClientConfig {
  return {
    region: 'eu-west-1',
    endpoint,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  };
}
