export {
  type ClientClock,
  createZohoClient,
  type ZohoClient,
  type ZohoClientOptions,
} from './create-zoho-client.ts';
export type { MetricsChoice } from './metrics/create-client-metrics.ts';
export { type ZohoContext, zohoAccessToken } from './middleware.ts';
export type { ZohoAccessToken } from './zoho-access-token.ts';
export { ZohoClientError, type ZohoClientErrorCode } from './zoho-client-error.ts';
