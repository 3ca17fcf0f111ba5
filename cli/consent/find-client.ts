import { Redacted } from '../../lambdas/core/redacted.ts';
import { referredClient } from '../../lambdas/core/secrets/credentials.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { adviseOnClient } from '../clients/client-advice.ts';
import { CLIENT_ID_PLACEHOLDER, clientIdError } from '../clients/client-id.ts';
import { type ConsentClient, findSharedClient } from '../clients/find-client-secret.ts';
import type { Session } from '../session.ts';
import type { PipedInput } from './piped-input.ts';
import type { StoredCredentialsText } from './stored-credentials.ts';

export interface ClientSources {
  readonly piped: PipedInput;
  readonly stored: StoredCredentialsText;
  /** Whether Zoho rejected the stored client secret at the last refresh. The stored client is then not used again. */
  readonly isStoredSecretRejected: boolean;
  /** Where the connection is authorized. */
  readonly dataCenter: DataCenterLocation;
}

/**
 * Finds the OAuth client: in the piped input, the environment or the stored credentials. Otherwise asks the user, but not for a client
 * of its own if the connection has a shared one that cannot be used.
 */
export async function findClient(
  session: Session,
  name: string,
  { piped, stored, isStoredSecretRejected, dataCenter }: ClientSources,
): Promise<ConsentClient> {
  const { environment, terminal } = session.runtime;
  const { ZOHO_CLIENT_ID = '', ZOHO_CLIENT_SECRET = '' } = environment;
  const clientId = piped.clientId ?? ZOHO_CLIENT_ID;
  const clientSecret = piped.clientSecret?.reveal() ?? ZOHO_CLIENT_SECRET;
  const shared = stored.text && referredClient(stored.text);
  if (clientId !== '' && clientSecret !== '') {
    if (shared !== undefined)
      terminal.info(
        terminal.infoColors.yellow(
          `${name} refers to the client ${shared}, and gets the given client of its own instead. To keep the shared one, use --client ${shared}.`,
        ),
      );
    return checkedClient(clientId, clientSecret);
  }
  if (clientId !== '' || clientSecret !== '') {
    const [given, missing] = clientId === '' ? ['secret', 'id'] : ['id', 'secret'];
    if (piped.isJson) {
      throw new UsageError(
        `The JSON on stdin has client_${given}, but no client_${missing}.`,
        'Add it. Nothing was sent to Zoho.',
      );
    }
    throw new UsageError(
      `The client ${given} was given without the client ${missing}.`,
      'Set both ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or neither.',
    );
  }
  if (shared !== undefined)
    return await reuseShared(session, name, { shared, isStoredSecretRejected, dataCenter });
  const { prompts } = terminal;
  if (stored.credentials !== undefined) {
    if (isStoredSecretRejected) {
      terminal.info(
        `Zoho rejected the stored secret of the client ${abbreviateId(stored.credentials.clientId)}: it was probably regenerated. Copy the new one from the client's page at https://api-console.zoho.com.`,
      );
    } else if (await reusesClient(session, name, stored.credentials)) return stored.credentials;
  }
  const withoutTerminal =
    'Set ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or pipe in {"client_id","client_secret"}.';
  const typedId = await prompts.text({
    message: "Client id, from Zoho's API console",
    placeholder: CLIENT_ID_PLACEHOLDER,
    withoutTerminal,
    validate: clientIdError,
  });
  const typedSecret = await prompts.secret({ message: 'Client secret (not shown)', withoutTerminal });
  return checkedClient(typedId, typedSecret.reveal());
}

/** The client that the credentials refer to. Its secret is rotated for all its connections, and never copied to one of them. */
async function reuseShared(
  session: Session,
  name: string,
  {
    shared,
    isStoredSecretRejected,
    dataCenter,
  }: Pick<ClientSources, 'isStoredSecretRejected' | 'dataCenter'> & { readonly shared: string },
): Promise<ConsentClient> {
  const stored = await (await session.secrets()).readClient(shared);
  const isRotating = stored?.pending !== undefined;
  if (stored === undefined || (isStoredSecretRejected && !isRotating)) {
    throw new CliError(
      stored === undefined
        ? `The credentials of ${name} refer to the client ${shared}, whose secret does not exist, is being deleted, or may not be read. Nothing was changed.`
        : `Zoho refused the secret of the client ${shared}, which ${name} shares with other connections. Nothing was changed.`,
      adviseOnClient(name, shared, stored === undefined ? 'unknown_client' : 'invalid_client_secret'),
    );
  }
  return await findSharedClient(session, shared, dataCenter);
}

/** Whether to use the stored client again. Without a terminal, it is used. */
async function reusesClient(session: Session, name: string, { clientId }: ConsentClient): Promise<boolean> {
  const { prompts } = session.runtime.terminal;
  if (!prompts.isInteractive) return true;
  return await prompts.confirm({
    message: `Use the current client of ${name}, ${abbreviateId(clientId)}?`,
    withoutTerminal: '',
    initial: true,
  });
}

function checkedClient(clientId: string, clientSecret: string): ConsentClient {
  const error = clientIdError(clientId.trim());
  if (error !== undefined)
    throw new UsageError(error, "Copy it from the client's page at https://api-console.zoho.com.");
  return { clientId: clientId.trim(), clientSecret: new Redacted(clientSecret.trim()) };
}

/** Long enough to recognize the id. */
export function abbreviateId(clientId: string): string {
  return clientId.length > 14 ? `${clientId.slice(0, 12)}…` : clientId;
}
