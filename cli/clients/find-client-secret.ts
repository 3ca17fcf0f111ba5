import type { OAuthClient } from '../../lambdas/core/consent/oauth-client.ts';
import { consentClientOf } from '../../lambdas/core/consent/shared-consent-client.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import { judgeForeign } from '../../lambdas/core/secrets/foreign-secret.ts';
import { isClientName, type StoredClient } from '../../lambdas/core/secrets/shared-client.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError, UsageError } from '../cli-error.ts';
import type { SecretFacts } from '../secrets/connection-secrets.ts';
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
  throw noClient(name);
}

/** The metadata of a client's secret. Throws {@link CliError} if there is none, or if others may read what is written into it. */
export async function requireOwnSecret(session: Session, name: string): Promise<SecretFacts> {
  const secrets = await session.secrets();
  const facts = await secrets.describe(name, 'client');
  if (facts === undefined) throw noClient(name);
  // The policy of a secret that is being deleted cannot be read.
  const policy = facts.deletedAtMs === undefined ? await secrets.readPolicy(name, 'client') : undefined;
  const foreign = judgeForeign('--all', facts, policy, await session.deployment());
  if (foreign === undefined) return facts;
  throw new CliError(
    `The secret ${secrets.nameOf(name, 'client')} ${foreign.problem}. Nothing was changed.`,
    foreign.advice,
  );
}

function noClient(name: string): CliError {
  return new CliError(
    `There is no client ${name}, or you may not read its secret.`,
    `To list the clients, run: zoho-tokens client list. To add it, run: zoho-tokens client add ${name}`,
  );
}

/** A client to consent with. */
export type ConsentClient = OAuthClient & {
  /** The new secret of a shared client that is being rotated. */
  readonly successor?:
    | { readonly clientSecret: Redacted; readonly promote: () => Promise<unknown> }
    | undefined;
};

/** A shared client, to authorize a connection of this data center with it. */
export async function findSharedClient(
  session: Session,
  given: string,
  dataCenter: DataCenterLocation,
): Promise<ConsentClient> {
  const name = requireClientName(given);
  const found = consentClientOf(name, await findClientSecret(session, name), dataCenter);
  if (!found.ok) throw new CliError(found.failure.message, 'Nothing was changed.');
  const { clientId, clientSecret, successor } = found.client;
  const secrets = await session.secrets();
  return {
    ...{ clientId, clientSecret, client: name },
    successor: successor && {
      clientSecret: successor.clientSecret,
      promote: () => secrets.promoteClient(name, successor.versions, session.signal()),
    },
  };
}
