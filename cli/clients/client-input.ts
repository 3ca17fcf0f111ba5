import { parseJsonObject } from '../../lambdas/core/json.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { parseClient, type SharedClient } from '../../lambdas/core/secrets/shared-client.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { CLIENT_ID_PLACEHOLDER, clientIdError } from './client-id.ts';

/** The id and secret of a client: from the environment, the JSON on stdin, or asked for. Never an argument, which other users of the machine would see. */
export async function readNewClient(
  session: Session,
  name: string,
  dataCenter: DataCenterLocation | undefined,
): Promise<Redacted> {
  const { prompts } = session.runtime.terminal;
  const given = (await readGiven(session)) ?? {
    client_id: await prompts.text({
      message: "Client id, from Zoho's API console",
      placeholder: CLIENT_ID_PLACEHOLDER,
      validate: clientIdError,
      withoutTerminal: WITHOUT,
    }),
    client_secret: (await askForSecret(session)).reveal(),
  };
  const json = { client_type: 'server-based', ...given, data_center: given.data_center ?? dataCenter };
  if (json.data_center === undefined)
    throw new UsageError(
      'The data center in which the client is registered is missing.',
      `Add --data-center with one of: ${DATA_CENTER_LOCATIONS.join(', ')}.`,
    );
  return checked(name, json).text;
}

/** The client with its new secret: for all data centers, or for the given one if the secrets differ. */
export async function readNewSecret(
  session: Session,
  name: string,
  current: Redacted,
  dataCenter: DataCenterLocation | undefined,
): Promise<Redacted> {
  const before = parseClient(name, current);
  if (!before.ok) throw new UsageError(before.failure.message, 'Nothing was changed.');
  const json = parseJsonObject(current.reveal()) ?? {};
  const isOne = before.client.secret instanceof Redacted;
  if (isOne && dataCenter !== undefined)
    throw new UsageError(
      `The client ${name} has one secret for all data centers.`,
      'Leave --data-center out.',
    );
  if (!isOne && dataCenter === undefined)
    throw new UsageError(
      `The client ${name} has a secret for each data center.`,
      'Name the one whose secret is new: --data-center eu.',
    );
  const given = await readGiven(session);
  const secret = given === undefined ? (await askForSecret(session)).reveal() : given.client_secret;
  if (given?.client_id !== undefined && given.client_id !== before.client.clientId)
    throw new UsageError(
      'The client_id that is given, on stdin or in ZOHO_CLIENT_ID, is another one (value omitted).',
      `A rotation changes the secret only. For another client, run: zoho-tokens client add`,
    );
  const secrets = { ...(json.client_secrets as object | undefined), [dataCenter ?? '']: secret };
  return checked(name, { ...json, ...(isOne ? { client_secret: secret } : { client_secrets: secrets }) })
    .text;
}

const WITHOUT =
  'Set ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or pipe in {"client_id","client_secret","data_center"}.';

async function askForSecret({ runtime }: Session): Promise<Redacted> {
  return await runtime.terminal.prompts.secret({
    message: 'Client secret (not shown)',
    withoutTerminal: 'Set ZOHO_CLIENT_SECRET, or pipe in {"client_secret":"…"}.',
  });
}

/** What is set in the environment or piped in; undefined if nothing is. Stdin is not read if the environment has a secret. */
async function readGiven({ runtime }: Session): Promise<Record<string, unknown> | undefined> {
  const { ZOHO_CLIENT_ID = '', ZOHO_CLIENT_SECRET = '' } = runtime.environment;
  if (ZOHO_CLIENT_SECRET !== '')
    return {
      ...(ZOHO_CLIENT_ID === '' ? {} : { client_id: ZOHO_CLIENT_ID }),
      client_secret: ZOHO_CLIENT_SECRET,
    };
  const text = ((await runtime.terminal.piped()) ?? '').trim();
  if (text === '') return undefined;
  const json = parseJsonObject(text);
  if (json === undefined)
    throw new UsageError('The input on stdin is not a JSON object (value omitted).', WITHOUT);
  return json;
}

function checked(name: string, json: object): { readonly text: Redacted; readonly client: SharedClient } {
  const text = new Redacted(JSON.stringify(json));
  const parsed = parseClient(name, text);
  if (parsed.ok) return { text, client: parsed.client };
  throw new UsageError(parsed.failure.message, 'Nothing was stored.');
}
