import { paginateListSecrets, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import type { SecretKind } from './connection-secrets.ts';

/** A secret of a connection, found by its name. */
export interface ListedSecret {
  readonly name: string;
  readonly connection: string;
  readonly kind: SecretKind;
  readonly tags: Readonly<Record<string, string>>;
  readonly isBeingDeleted: boolean;
}

/** The names of a deployment's clients, or of the connections with a secret of this kind, without those that are being deleted. */
export async function listSecretsOf(
  client: SecretsManagerClient,
  secretPrefix: string,
  kind: SecretKind,
): Promise<readonly string[]> {
  const found = await listSecrets(client, secretPrefix);
  return found.flatMap((secret) =>
    secret.kind === kind && !secret.isBeingDeleted ? [secret.connection] : [],
  );
}

/** All secrets named like those of a deployment's connections, including those that are scheduled for deletion. */
export async function listConnectionSecrets(
  client: SecretsManagerClient,
  secretPrefix: string,
): Promise<readonly ListedSecret[]> {
  return (await listSecrets(client, secretPrefix)).filter(({ kind }) => kind !== 'client');
}

/** Those of the shared clients as well. */
export async function listSecrets(
  client: SecretsManagerClient,
  secretPrefix: string,
): Promise<readonly ListedSecret[]> {
  const call = { action: 'secretsmanager:ListSecrets', resource: `${secretPrefix}/*` };
  return await callAws(call, async () => {
    const found: ListedSecret[] = [];
    const query = {
      IncludePlannedDeletion: true,
      Filters: [{ Key: 'name' as const, Values: [`${secretPrefix}/`] }],
    };
    for await (const { SecretList = [] } of paginateListSecrets({ client, pageSize: 100 }, query)) {
      for (const { Name: name = '', Tags = [], DeletedDate } of SecretList) {
        const [connection = '', kind, ...others] = name.slice(secretPrefix.length + 1).split('/');
        if (!name.startsWith(`${secretPrefix}/`) || others.length > 0) continue;
        if (kind !== 'credentials' && kind !== 'access-token' && kind !== 'client') continue;
        const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
        found.push({ name, connection, kind, tags, isBeingDeleted: DeletedDate !== undefined });
      }
    }
    return found;
  });
}
