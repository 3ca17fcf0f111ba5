// Written by `npm run docs` from infra/settings/nested-settings.ts: change the settings there.
import type { DataCenterLocation } from '../lambdas/core/zoho/data-centers.ts';

/** Options of one connection. */
export interface ZohoConnectionOptions {
  /**
   * Data center of the Zoho account: `us` `eu` `in` `au` `jp` `ca` `sa` `uk` `cn` `ae` `sg`.
   */
  readonly dataCenter: DataCenterLocation;
  /**
   * OAuth scopes that consumers need, at least one. A scope that Zoho does not grant is reported as scope drift.
   */
  readonly scopes: readonly string[];
  /**
   * Kind of client in Zoho's API console: `server-based` or `self-client`. A self client belongs to one user's
   * account: do not use it in production.
   *
   * @default 'server-based'
   */
  readonly clientType?: 'server-based' | 'self-client';
  /**
   * AWS regions that get a copy of the access token. The credentials are never copied. A copy is encrypted with
   * its region's `aws/secretsmanager` key, so only this account can read it. Its ARN is that of the secret with
   * the other region; readers need `secretsmanager:GetSecretValue` on it.
   *
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
  /**
   * Who is notified when the connection is blocked or its consumers get 401s: `page`, `ticket`, or `none`. Other
   * problems are tickets at most.
   *
   * @default 'page'
   */
  readonly severity?: 'page' | 'ticket' | 'none';
}

/** The old deployment of a move to another prefix. */
export interface ZohoFollowOptions {
  /**
   * The `secretPrefix` of the old deployment.
   */
  readonly secretPrefix: string;
  /**
   * ARN of the key of its secrets: the output `KeyArn` of the old stack.
   */
  readonly keyArn: string;
}
