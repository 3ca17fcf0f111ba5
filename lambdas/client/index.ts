export type { AccessTokenOptions } from './access-tokens.ts';
export type { ApiFetchInit } from './api-fetch.ts';
export type { AwsClient } from './aws-client.ts';
export type { ClientClock } from './client-clock.ts';
export { createZohoClient, type ZohoClient } from './create-zoho-client.ts';
export {
  createZohoInvites,
  type ZohoInvites,
  type ZohoInvitesOptions,
} from './invites/create-zoho-invites.ts';
export type {
  CreatedZohoInvite,
  ZohoConsentedBy,
  ZohoInvite,
  ZohoInviteOptions,
} from './invites/zoho-invite.ts';
export { ZohoInvitesError } from './invites/zoho-invites-error.ts';
export {
  createZohoClients,
  type ZohoClients,
  type ZohoClientsOptions,
  type ZohoConnectionClient,
} from './many/create-zoho-clients.ts';
export type { MetricsChoice } from './metrics/create-client-metrics.ts';
export { type ZohoContext, type ZohoMiddleware, zohoAccessToken } from './middleware.ts';
export type { ReportedAnswer } from './reported-answer.ts';
export type { ZohoAccessToken } from './zoho-access-token.ts';
export { ZohoClientError, type ZohoClientErrorCode } from './zoho-client-error.ts';
export type { ZohoClientOptions } from './zoho-client-options.ts';
