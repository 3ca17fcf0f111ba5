import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import type { InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { checkName } from '../connections/find-connection.ts';
import type { Session } from '../session.ts';
import { askConsentApi, ConsentApiError, listInvites } from './consent-api.ts';
import { nextStepOf } from './next-step.ts';

/** 16 bytes, base64url. A connection may have such a name as well. */
const INVITE_ID = /^[\w-]{22}$/;

const LIST = 'To list the invites, run: zoho-tokens invites';

/** Which invites a command is for. */
export interface Wanted {
  /** As in "crm-acme has no invite that waits for confirmation". */
  readonly that: string;
  readonly applies: (invite: InviteView) => boolean;
}

/** The id of an invite, or the name of a connection. Throws {@link UsageError}: a link is a secret, and no argument. */
export function checkInvite(given: string): string {
  if (INVITE_ID.test(given)) return given;
  if (!/[./]/.test(given)) return checkName(given);
  throw new UsageError(
    'That is the link of an invite, or a part of it (value omitted).',
    'Use the id of the invite or the name of its connection: zoho-tokens invites. Your shell keeps the link in its history: to withdraw it, run zoho-tokens cancel.',
  );
}

/** Finds the one invite that is meant, by its id or its connection. Throws {@link CliError} if there is none, or more than one. */
export async function findInvite(session: Session, given: string, wanted: Wanted): Promise<InviteView> {
  const [invite, ...others] = await findInvites(session, given, wanted);
  if (invite !== undefined && others.length === 0) return invite;
  throw new CliError(
    `${others.length + 1} invites of ${given} ${wanted.that}.`,
    ['Choose one by its id:', ...[invite, ...others].map((each) => `  ${each?.id}`)].join('\n  '),
  );
}

/** At least one. */
export async function findInvites(
  session: Session,
  given: string,
  { that, applies }: Wanted,
): Promise<readonly InviteView[]> {
  const name = checkInvite(given);
  const byId = INVITE_ID.test(name) ? await readInvite(session, name) : undefined;
  const found = byId === undefined ? await invitesOf(session, name) : [byId];
  const fitting = found.filter(applies);
  if (fitting.length > 0) return fitting;
  const [newest] = found;
  if (newest === undefined) {
    throw new CliError(`There is no invite ${INVITE_ID.test(name) ? name : `of ${name}`}.`, LIST);
  }
  throw new CliError(
    byId === undefined
      ? `No invite of ${name} ${that}. The newest one is ${newest.status}.`
      : `The invite ${name} of ${newest.connection} is ${newest.status}. A command for it must find one that ${that}.`,
    nextStepOf(newest) ?? `To see its invites, run: zoho-tokens invites ${newest.connection}`,
  );
}

/** An id may begin with a hyphen, which no connection's name does. */
async function invitesOf(session: Session, name: string): Promise<readonly InviteView[]> {
  return CONNECTION_NAME_PATTERN.test(name) ? await listInvites(session, name) : [];
}

async function readInvite(session: Session, id: string): Promise<InviteView | undefined> {
  try {
    return await askConsentApi(session, { action: 'get-invite', id });
  } catch (error) {
    if (error instanceof ConsentApiError && error.code === 'unknown_invite') return undefined;
    throw error;
  }
}
