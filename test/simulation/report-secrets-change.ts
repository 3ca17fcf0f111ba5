import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { PromiseCheck } from './promises/promise.ts';
import type { SecretsChange } from './simulated-aws.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WrittenVersions } from './written-versions.ts';

export interface SecretsChangeParts {
  readonly connections: readonly WorldConnection[];
  readonly secrets: SecretStore;
  readonly versions: WrittenVersions;
  readonly now: () => number;
  readonly each: (report: (check: PromiseCheck) => void) => void;
}

/** Reports to the checks what the product has written to a secret. */
export function reportSecretsChange(
  { secretName, task, isLate }: SecretsChange,
  { connections, secrets, versions, now, each }: SecretsChangeParts,
): void {
  const owner = connections.find(({ credentialsSecret }) => credentialsSecret === secretName);
  if (owner !== undefined) {
    each((check) => check.onCredentialsRotated?.(owner.name));
    return;
  }
  const connection = connections.find(({ tokenSecret }) => tokenSecret === secretName);
  if (connection === undefined)
    throw new Error(`The product wrote to ${secretName}, which belongs to no connection.`);
  const { name } = connection;
  versions.record(secrets.find(secretName), { name, atMs: now(), kind: task.kind, isLate });
  each((check) => check.onTokenSecretChanged?.(name, task.kind));
}
