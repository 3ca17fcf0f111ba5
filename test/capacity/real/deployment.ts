import { encryptionContext } from '../../../lambdas/core/secrets/sealing.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../../lambdas/refresher/config.ts';
import type { FleetPlan } from '../fleet-plan.ts';
import type { Item } from '../region/item-size.ts';
import { encrypt } from '../region/keys.ts';
import { CREDENTIALS_VERSION } from './fleet-rows.ts';

export const SECRET_PREFIX = 'zoho';
export const TABLE_NAMES = {
  connections: 'connections',
  tokens: 'tokens',
  credentials: 'credentials',
} as const;
const KEY_ARN = 'arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-4000-8000-000000000000';

/** The configuration of a fleet's refresher: defaults, but for the rate and the store. */
export function configOf({ store, shards = 1, refreshesPerSecond }: FleetPlan): RefresherConfig {
  const config: RefresherConfig = {
    ...DEFAULT_CONFIG,
    tableName: TABLE_NAMES.connections,
    secretPrefix: SECRET_PREFIX,
    declaredConnections: {},
  };
  if (store === 'secrets-manager') return { ...config, maxRefreshesPerSecond: refreshesPerSecond };
  return {
    ...config,
    fleetShards: shards,
    fleetRefreshesPerSecond: refreshesPerSecond,
    tokensTableName: TABLE_NAMES.tokens,
    credentialsTableName: TABLE_NAMES.credentials,
    encryptionKeyArn: KEY_ARN,
  };
}

/** Invented values in the shape of Zoho's. */
export function credentialsOf(connection: string, dataCenter: string): string {
  return JSON.stringify({
    client_id: '1000.AAAABBBBCCCCDDDDEEEEFFFF00001111',
    client_secret: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b',
    refresh_token: `1000.${connection}.fedcba9876543210fedcba9876543210`,
    data_center: dataCenter,
    scope: 'ZohoCRM.modules.ALL',
  });
}

/** What `zoho-tokens authorize` stores in the second store. */
export function sealedCredentials(connection: string, text: string): Item {
  const context = encryptionContext(SECRET_PREFIX, { kind: 'credentials', connection });
  const sealed = encrypt(Buffer.from(text), { ...context });
  return { connection: { S: connection }, version: { S: CREDENTIALS_VERSION }, sealed: { B: sealed } };
}
