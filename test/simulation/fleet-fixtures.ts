import { type Connection, registerConnection } from '../../lambdas/core/connection/connection.ts';
import type { StoredCredentials } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { versionOfBoth } from '../../lambdas/core/secrets/shared-client.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';

const MINUTE_MS = 60_000;
const TOPIC = 'arn:aws:sns:eu-west-1:000000000000:topic';

/** A deployment without declared connections, whose notifications go to a topic. */
export const FLEET_CONFIG: RefresherConfig = {
  ...{ tableName: 'connections', secretPrefix: 'zoho', declaredConnections: {}, ...DEFAULT_CONFIG },
  ...{ pageTopicArn: TOPIC, ticketTopicArn: TOPIC },
};

/** A connection of the shared client `acme` with a token of this time, which is due 6 minutes before it expires. */
export function fleetRow(name: string, issuedAtMs: number): Connection {
  const expiresAtMs = issuedAtMs + 60 * MINUTE_MS;
  return {
    ...registerConnection(name, 'connected', issuedAtMs),
    ...{ status: 'active', generation: 1, publishedGeneration: 1, client: 'acme', dataCenter: 'eu' },
    nextAttemptAtMs: expiresAtMs - 6 * MINUTE_MS,
    token: { versionId: 'version-1', issuedAtMs, expiresAtMs },
    ...{ mintsMs: [issuedAtMs], publishesMs: [issuedAtMs] },
    credentialsVersionId: versionOfBoth(versionOf(`credentials-${name}`), clientVersionOf('first')),
  };
}

/** What the credentials secret of such a connection holds. */
export function storedCredentials(name: string): StoredCredentials {
  const text = JSON.stringify({ client: 'acme', refresh_token: `1000.${name}`, data_center: 'eu' });
  return { kind: 'found', versionId: versionOf(`credentials-${name}`), text: new Redacted(text) };
}

/** The version of the client's secret with this client secret. */
export function clientVersionOf(clientSecret: string): string {
  return versionOf(clientSecret);
}

/** As long as those of Secrets Manager. */
function versionOf(name: string): string {
  return `${name}-`.padEnd(32, '0');
}
