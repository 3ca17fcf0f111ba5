import type { InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import { CliError } from '../cli-error.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Session } from '../session.ts';
import { changeInvite } from './consent-api.ts';
import { findInvite, findInvites, type Wanted } from './find-invite.ts';
import { isAwaiting, isUsable, nextStepOf } from './next-step.ts';
import { describeConsent, describeUser } from './render-invites.ts';

const AWAITING: Wanted = { that: 'waits for confirmation', applies: isAwaiting };
const USABLE: Wanted = { that: 'can be cancelled', applies: isUsable };

interface Decision {
  /** The name of the connection again, instead of a question. */
  readonly confirm?: string;
}

/** `confirm`: stores what was granted, after a look at who consented, and waits for the token. */
export async function confirmInvite(
  session: Session,
  given: string,
  { confirm }: Decision,
): Promise<ExitCode> {
  const invite = await findInvite(session, given, AWAITING);
  const { connection } = invite;
  showConsent(session, invite);
  const whose = describeUser(invite.consented_by);
  await confirmByName(session, connection, {
    confirm,
    consequence: `Consumers of ${connection} will work with the data of ${whose}.`,
  });
  const done = await changeInvite(
    session,
    { action: 'complete-invite', id: invite.id },
    `Storing the credentials of ${connection}`,
  );
  if (done.status !== 'authorized') throw notDone(done);
  const { terminal } = session.runtime;
  const place = done.data_center === undefined ? '' : `, data center ${done.data_center}`;
  terminal.print(`stored: the credentials of ${connection}, client ${done.client}${place}`);
  const isLive =
    (done.token_live === true && (await reportToken(session, connection))) ||
    (await refreshAndReport(session, connection, { hasNewCredentials: true }));
  // Whether a token was live at once is known better now.
  const { token_live: _, ...judged } = done;
  const nextStep = nextStepOf(judged);
  if (nextStep !== undefined) terminal.info(terminal.infoColors.yellow(nextStep));
  return isLive ? 0 : 1;
}

/** `reject`: revokes what was granted, and stores nothing. */
export async function rejectInvite(
  session: Session,
  given: string,
  { confirm }: Decision,
): Promise<ExitCode> {
  const invite = await findInvite(session, given, AWAITING);
  showConsent(session, invite);
  await confirmByName(session, invite.connection, {
    confirm,
    consequence: `What ${describeUser(invite.consented_by)} granted for ${invite.connection} will be revoked at Zoho.`,
  });
  const { terminal } = session.runtime;
  const { message } = await changeInvite(
    session,
    { action: 'reject-invite', id: invite.id },
    `Revoking what was granted for ${invite.connection}`,
  );
  terminal.print(`rejected: the invite ${invite.id} of ${invite.connection}`);
  if (message !== undefined) terminal.info(message);
  terminal.info(terminal.infoColors.dim(`  To invite again, run: zoho-tokens invite ${invite.connection}`));
  return 0;
}

/** `cancel`: the link stops working. */
export async function cancelInvite(
  session: Session,
  given: string,
  { all = false }: { readonly all?: boolean },
): Promise<ExitCode> {
  const invites = all
    ? await findInvites(session, given, USABLE)
    : [await findInvite(session, given, USABLE)];
  for (const { id, connection } of invites) {
    await changeInvite(session, { action: 'cancel-invite', id }, `Cancelling an invite of ${connection}`);
    session.runtime.terminal.print(`cancelled: the invite ${id} of ${connection}`);
  }
  return 0;
}

/** The token that ConsentApi has waited for: another one would cost a mint. False if the table does not show it. */
async function reportToken(session: Session, connection: string): Promise<boolean> {
  const { terminal, clock } = session.runtime;
  const row = await (await session.connections()).read(connection, session.signal());
  if (row?.token === undefined) return false;
  const left = formatDuration(row.token.expiresAtMs - clock.now());
  terminal.print(
    `${terminal.colors.green('live')}: ${connection} has a new token, generation ${row.publishedGeneration}, valid for ${left}.`,
  );
  return true;
}

function showConsent({ runtime: { terminal, clock } }: Session, invite: InviteView): void {
  terminal.info(
    [`invite ${invite.id} for ${invite.connection}, with client ${invite.client}`]
      .concat(describeConsent(invite, clock.now()).map((line) => `  ${line}`))
      .join('\n'),
  );
}

function notDone({ connection, status, message, ...rest }: InviteView): CliError {
  return new CliError(
    `The credentials of ${connection} were not stored: the invite is ${status}. ${message ?? ''}`.trim(),
    nextStepOf({ connection, status, ...rest }) ?? `Run: zoho-tokens invites ${connection}`,
  );
}
