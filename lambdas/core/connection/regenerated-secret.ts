import type { Connection } from './connection.ts';

/**
 * True if Zoho refuses the client secret of credentials that it accepted before: the secret was probably regenerated. False for a
 * connection with a shared client, whose secret is replaced for all its connections at once.
 */
export function hasRegeneratedSecret({
  client,
  token,
  lastFailure,
}: Pick<Connection, 'client' | 'token' | 'lastFailure'>): boolean {
  return lastFailure?.code === 'invalid_client_secret' && client === undefined && token !== undefined;
}

/** The fix that needs no consent. `program` is the CLI, with the deployment if it needs one. */
export function adviseOnRegeneratedSecret(
  { name, dataCenter = 'LOCATION' }: { readonly name: string; readonly dataCenter?: string | undefined },
  program = 'zoho-tokens',
): string {
  return `Copy the new secret from the client's page at Zoho. ${program} client add CLIENT --data-center ${dataCenter} stores it, then ${program} move ${name} --client CLIENT uses it. No one has to consent.`;
}
