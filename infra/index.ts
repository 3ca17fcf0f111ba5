import './require-cdk.ts';

export type { ConnectionState } from '../lambdas/core/connection/state-change.ts';
export type { ConsentMetricName } from '../lambdas/core/invites/consent-metrics.ts';
export type { MetricName } from '../lambdas/core/metrics.ts';
export type { DataCenterLocation } from '../lambdas/core/zoho/data-centers.ts';
export { ZohoConnection, type ZohoConnectionProps } from './connection.ts';
export type { ZohoConnectionOptions, ZohoFollowOptions } from './connection-options.ts';
export type { IZohoConsent } from './consent/consent-interface.ts';
export type { ZohoConsentOptions } from './consent/consent-options.ts';
export type { ExistingResources } from './existing-resources.ts';
export type { ConnectionAttributes, ConnectionReference } from './external-connection.ts';
export type { RefreshSchedule } from './schedule.ts';
export { InvalidSettingsError } from './settings/problems.ts';
export { ZohoTokenRefresherStack } from './stack.ts';
export { ZohoTokenRefresher } from './token-refresher.ts';
export type { ZohoTokenRefresherProps, ZohoTokenRefresherSettings } from './token-refresher-props.ts';
export type { IZohoConnection, IZohoConnections } from './zoho-connection-interface.ts';
