import { parseJsonObject, textOf } from '../../lambdas/core/json.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import {
  DATA_CENTER_LOCATIONS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { AuthorizationMode } from './authorization-mode.ts';

/** What was piped into stdin. Every part is optional; the JSON has the same keys as the credentials secret. */
export interface PipedInput {
  readonly clientId: string | undefined;
  readonly clientSecret: Redacted | undefined;
  readonly refreshToken: Redacted | undefined;
  readonly dataCenter: DataCenterLocation | undefined;
  /** A single line that is not JSON: a code or a refresh token, depending on the mode. */
  readonly line: Redacted | undefined;
  /** Whether the input is JSON. */
  readonly isJson: boolean;
}

export const NOTHING_PIPED: PipedInput = {
  clientId: undefined,
  clientSecret: undefined,
  refreshToken: undefined,
  dataCenter: undefined,
  line: undefined,
  isJson: false,
};

/**
 * Reads stdin to its end, if it is a pipe. Does not read it when the environment has the client and the mode needs nothing
 * else, because a pipe that is never closed would block the command.
 */
export async function readPipedInput(session: Session, mode: AuthorizationMode): Promise<PipedInput> {
  const { environment, terminal } = session.runtime;
  const { ZOHO_CLIENT_ID = '', ZOHO_CLIENT_SECRET = '' } = environment;
  // The line on stdin comes later, and is the address at which the browser ended.
  const isTaken = (mode.kind === 'browser' || mode.kind === 'add-scopes') && mode.redirected;
  if (isTaken) return NOTHING_PIPED;
  const isExpected = mode.kind === 'import' || mode.kind === 'self-client';
  if (!isExpected && ZOHO_CLIENT_ID !== '' && ZOHO_CLIENT_SECRET !== '') return NOTHING_PIPED;
  const read = async () => {
    const text = ((await terminal.piped()) ?? '').trim();
    if (text === '' && mode.kind === 'import' && !terminal.prompts.isInteractive) {
      throw new UsageError(
        'There is nothing on stdin.',
        'Pipe in the credentials: --import < credentials.json.',
      );
    }
    return parsePipedInput(text);
  };
  return terminal.prompts.isInteractive ? await read() : await terminal.withProgress('Reading stdin', read);
}

/** Parses JSON, or plain lines: the client id and its secret, or a single value. */
export function parsePipedInput(text: string): PipedInput {
  const json = parseJsonObject(text);
  if (json !== undefined) {
    checkFields(json);
    return {
      clientId: textOf(json.client_id),
      clientSecret: redactedOf(json.client_secret),
      refreshToken: redactedOf(json.refresh_token),
      dataCenter: dataCenterOf(json.data_center),
      line: undefined,
      isJson: true,
    };
  }
  if (text.startsWith('{')) {
    throw new UsageError(
      'The input on stdin starts like JSON, but is not valid JSON (value omitted).',
      'Correct it, or pipe in plain lines. See zoho-tokens authorize --help.',
    );
  }
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [first, second] = lines;
  if (lines.length > 2) {
    throw new UsageError(
      `The input on stdin has ${lines.length} lines; at most two are allowed.`,
      'Pipe in the client id and the client secret, one per line, or JSON.',
    );
  }
  return second === undefined
    ? { ...NOTHING_PIPED, line: redactedOf(first) }
    : { ...NOTHING_PIPED, clientId: first, clientSecret: new Redacted(second) };
}

/** The fields that are read, and those of the credentials secret that may be there as well. */
const FIELDS = ['client_id', 'client_secret', 'refresh_token', 'data_center'] as const;
const OTHER_FIELDS = ['client_type', 'scope', 'authorized_at'];

/** Names every field that is wrong, without its value. A field that is misspelt would otherwise look like a missing one. */
function checkFields(json: Readonly<Record<string, unknown>>): void {
  const wrong = FIELDS.flatMap((field) => {
    const value = json[field];
    if (value === undefined || value === null) return [];
    if (typeof value !== 'string') return [`${field} must be a text`];
    return value.trim() === '' ? [`${field} is empty`] : [];
  });
  const misspelt = Object.keys(json).flatMap((key) => {
    if (OTHER_FIELDS.includes(key)) return [];
    const field = FIELDS.find((known) => known !== key && plain(known) === plain(key));
    return field === undefined ? [] : [`${field} is spelt differently`];
  });
  if (wrong.length + misspelt.length === 0) return;
  throw new UsageError(
    `The JSON on stdin is not valid (values omitted): ${[...wrong, ...misspelt].join('; ')}.`,
    `Nothing was sent to Zoho. The fields are ${FIELDS.join(', ')}.`,
  );
}

/** `refreshToken`, `Refresh-Token` and `refresh_token` are alike. */
function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z]/g, '');
}

/** The value itself is not shown, because it may be a secret in the wrong place. */
function dataCenterOf(value: unknown): DataCenterLocation | undefined {
  const text = textOf(value)?.toLowerCase();
  if (value === undefined || value === null || isDataCenterLocation(text))
    return text as DataCenterLocation | undefined;
  throw new UsageError(
    'The data_center on stdin is not known (value omitted).',
    `Nothing was sent to Zoho. Use one of: ${DATA_CENTER_LOCATIONS.join(', ')}.`,
  );
}

function redactedOf(value: unknown): Redacted | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : new Redacted(text);
}
