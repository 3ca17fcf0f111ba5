import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import type { ConnectionSpec } from '../../lambdas/core/secrets/secret-tags.ts';
import { specFromTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CliError } from '../cli-error.ts';
import type { ConnectionSecrets } from '../secrets/connection-secrets.ts';

/**
 * What a connection that has credentials should be: the data center is that of the credentials and never guessed, the scopes
 * are those of the tags, or the granted ones. Throws {@link CliError} if the credentials cannot be used.
 */
export async function readCredentialsSpec(secrets: ConnectionSecrets, name: string): Promise<ConnectionSpec> {
  const stored = await secrets.readCredentials(name);
  const parsed = stored.kind === 'found' ? parseCredentials(stored.text, stored.clientText) : undefined;
  if (parsed?.ok !== true) {
    throw new CliError(
      `${secrets.nameOf(name, 'credentials')} has no usable credentials. ${parsed?.failure.message ?? 'It is empty.'}`,
      `Authorize ${name} where it is deployed: zoho-tokens authorize ${name}`,
    );
  }
  const [token, credentials] = [
    await secrets.describe(name, 'access-token'),
    await secrets.describe(name, 'credentials'),
  ];
  const { scopes } = specFromTags(token?.tags ?? {}, credentials?.tags);
  const { dataCenter, scope } = parsed.credentials;
  return { dataCenter, scopes: scopes.length > 0 ? scopes : parseScopes(scope ?? '') };
}
