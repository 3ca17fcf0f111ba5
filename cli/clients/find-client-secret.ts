import type { OAuthClient } from '../../lambdas/core/consent/oauth-client.ts';
import {
  clientWithoutDataCenter,
  isClientName,
  parseClient,
  type StoredClient,
  secretFor,
} from '../../lambdas/core/secrets/shared-client.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError, UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/** Throws {@link UsageError} if it is not the name of a client. */
export function requireClientName(name: string | undefined): string {
  if (isClientName(name)) return name;
  throw new UsageError(
    name === undefined
      ? 'The name of the client is missing.'
      : 'That is not the name of a client (value omitted).',
    'A name has letters, digits, - and _, at most 64, for example acme-app.',
  );
}

/** The secret of a client. Throws {@link CliError} if there is none. */
export async function findClientSecret(session: Session, name: string): Promise<StoredClient> {
  const stored = await (await session.secrets()).readClient(name);
  if (stored !== undefined) return stored;
  throw new CliError(
    `There is no client ${name}, or you may not read its secret.`,
    `To list the clients, run: zoho-tokens client list. To add it, run: zoho-tokens client add ${name}`,
  );
}

/** A shared client, to authorize a connection of this data center with it. */
export async function findSharedClient(
  session: Session,
  given: string,
  dataCenter: DataCenterLocation,
): Promise<OAuthClient> {
  const name = requireClientName(given);
  const parsed = parseClient(name, (await findClientSecret(session, name)).current.text);
  if (!parsed.ok) throw new CliError(parsed.failure.message, 'Nothing was changed.');
  const clientSecret = secretFor(parsed.client, dataCenter);
  if (clientSecret === undefined)
    throw new CliError(clientWithoutDataCenter(name, dataCenter).message, 'Nothing was changed.');
  return { clientId: parsed.client.clientId, clientSecret, client: name };
}
