import { ADMINISTRATOR } from './secret-permissions.ts';

/** The configuration of an AWS SDK client for a stand-in. */
export interface AwsClientConfig {
  readonly region: 'eu-west-1';
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Stand-ins do not check signatures. The access key ID says who calls; see `secret-permissions.ts`. */
export function clientConfigFor(endpoint: string, accessKeyId: string = ADMINISTRATOR): AwsClientConfig {
  return { region: 'eu-west-1', endpoint, credentials: { accessKeyId, secretAccessKey: 'sandbox' } };
}
