export type { AwsClient } from './aws-client.ts';
export {
  type ClientClock,
  createZohoClient,
  type ZohoClient,
  type ZohoClientOptions,
} from './create-zoho-client.ts';
export type { MetricsChoice } from './metrics/create-client-metrics.ts';
export { type ZohoContext, type ZohoMiddleware, zohoAccessToken } from './middleware.ts';
export type { ZohoAccessToken } from './zoho-access-token.ts';
export { ZohoClientError, type ZohoClientErrorCode } from './zoho-client-error.ts';
