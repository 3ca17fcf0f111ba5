import { parseJsonObject } from '../../lambdas/core/json.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { type Credentials, parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import {
  DATA_CENTER_LOCATIONS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';
import { ifAllowed } from '../aws/try-read.ts';
import { UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { OAuthClient } from '../zoho/oauth-client.ts';

/** What stands in the credentials secret, as far as it can be seen and read. */
export interface StoredBefore {
  /** As it was found; undefined when it is empty or may not be read. */
  readonly text: Redacted | undefined;
  /** Undefined when it is no credentials. */
  readonly credentials: Credentials | undefined;
}

/** What was piped in: any of these, under the names that the credentials secret has. */
export interface PipedInput {
  readonly clientId: string | undefined;
  readonly clientSecret: Redacted | undefined;
  readonly refreshToken: Redacted | undefined;
  /** Where they are good. */
  readonly dataCenter: DataCenterLocation | undefined;
  /** A single line that is no JSON: what it is depends on what is asked for. */
  readonly line: Redacted | undefined;
}

/** Looks at what is there. Whoever may write credentials and not read them starts with nothing. */
export async function readStoredBefore(session: Session, name: string): Promise<StoredBefore> {
  const secrets = await session.secrets();
  const stored = await ifAllowed(() => secrets.readCredentials(name));
  if (stored === undefined || stored.kind === 'empty') return { text: undefined, credentials: undefined };
  const parsed = parseCredentials(stored.text);
  return { text: stored.text, credentials: parsed.ok ? parsed.credentials : undefined };
}

/**
 * Reads stdin to its end, if it is a pipe. It is left alone where the environment has the client and nothing else is expected: a
 * pipe that somebody has forgotten to close would be waited for.
 */
export async function readPipedInput(session: Session, isExpected: boolean): Promise<PipedInput> {
  const { environment, terminal } = session.machine;
  const { ZOHO_CLIENT_ID = '', ZOHO_CLIENT_SECRET = '' } = environment;
  if (!isExpected && ZOHO_CLIENT_ID !== '' && ZOHO_CLIENT_SECRET !== '') return parsePipedInput('');
  const progress = terminal.prompts.isInteractive
    ? undefined
    : terminal.progress('Reading stdin, to its end');
  try {
    return parsePipedInput(((await terminal.piped()) ?? '').trim());
  } finally {
    progress?.stop();
  }
}

/** JSON, or one value a line: the client id, then its secret. */
export function parsePipedInput(text: string): PipedInput {
  const json = parseJsonObject(text);
  if (json !== undefined) {
    return {
      clientId: textOf(json.client_id),
      clientSecret: redactedOf(json.client_secret),
      refreshToken: redactedOf(json.refresh_token),
      dataCenter: dataCenterOf(json.data_center),
      line: undefined,
    };
  }
  if (text.startsWith('{')) throw new UsageError('What was piped in begins like JSON, and is none.');
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [first, second] = lines;
  if (lines.length > 2)
    throw new UsageError('At most two lines can be piped in: the client id and its secret.');
  return second === undefined
    ? { ...NOTHING_PIPED, line: redactedOf(first) }
    : { ...NOTHING_PIPED, clientId: first, clientSecret: new Redacted(second) };
}

const NOTHING_PIPED: PipedInput = {
  clientId: undefined,
  clientSecret: undefined,
  refreshToken: undefined,
  dataCenter: undefined,
  line: undefined,
};

/** The client: piped in, from the environment, the one of before, or as it is typed. */
export async function findClient(
  session: Session,
  name: string,
  { piped, before }: { readonly piped: PipedInput; readonly before: StoredBefore },
): Promise<OAuthClient> {
  const { environment, terminal } = session.machine;
  const { ZOHO_CLIENT_ID = '', ZOHO_CLIENT_SECRET = '' } = environment;
  const clientId = piped.clientId ?? ZOHO_CLIENT_ID;
  const clientSecret = piped.clientSecret?.reveal() ?? ZOHO_CLIENT_SECRET;
  if (clientId !== '' && clientSecret !== '') return checked(clientId, clientSecret);
  if (clientId !== '' || clientSecret !== '') {
    throw new UsageError(
      `The client's ${clientId === '' ? 'secret was given without its id' : 'id was given without its secret'}.`,
      'Give both ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or neither.',
    );
  }
  const { credentials } = before;
  const { prompts } = terminal;
  if (credentials !== undefined) {
    const isWanted =
      !prompts.isInteractive ||
      (await prompts.confirm({
        message: `Use the client that ${name} has now, ${shortId(credentials.clientId)}?`,
        otherwise: '',
        initial: true,
      }));
    if (isWanted) return credentials;
  }
  const otherwise = 'Set ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or pipe {"client_id","client_secret"} in.';
  const typedId = await prompts.text({
    message: "Client id, from Zoho's API console",
    placeholder: '1000.…',
    otherwise,
    fault: faultOfClientId,
  });
  const typedSecret = await prompts.secret({ message: 'Client secret (not shown)', otherwise });
  return checked(typedId, typedSecret.reveal());
}

function checked(clientId: string, clientSecret: string): OAuthClient {
  const fault = faultOfClientId(clientId.trim());
  if (fault !== undefined) throw new UsageError(fault);
  return { clientId: clientId.trim(), clientSecret: new Redacted(clientSecret.trim()) };
}

/** The text itself is not shown: a secret may have been put in the place of the id. */
function faultOfClientId(text: string): string | undefined {
  return /^1000\.[A-Z0-9]{20,60}$/.test(text)
    ? undefined
    : "That is not a client id of Zoho's: 1000. and then capital letters and digits.";
}

/** Enough to know it again. */
function shortId(clientId: string): string {
  return clientId.length > 14 ? `${clientId.slice(0, 12)}…` : clientId;
}

/** The text itself is not shown: it may be anything. */
function dataCenterOf(value: unknown): DataCenterLocation | undefined {
  const text = textOf(value)?.toLowerCase();
  if (value === undefined || value === null || isDataCenterLocation(text))
    return text as DataCenterLocation | undefined;
  throw new UsageError(
    `The data_center that was piped in is none of ${DATA_CENTER_LOCATIONS.join(', ')}.`,
    'Nothing was sent anywhere.',
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function redactedOf(value: unknown): Redacted | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : new Redacted(text);
}
