import { describePerson, formatAuthorizedBy, isPerson } from '../../lambdas/core/consent/authorized-by.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { readConsents } from './consents.ts';

/** Lists the connections that a person authorized at Zoho, or whose credentials that person stored. */
export async function listAuthorizedBy(session: Session, person: string, isJson: boolean): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const consents = await terminal.withProgress('Reading who authorized', () => readConsents(session));
  const found = consents.filter(({ credentials }) => isPerson(credentials.authorizedBy, person));
  const unrecorded = consents.filter(({ credentials }) => credentials.authorizedBy === undefined).length;
  if (isJson) {
    const connections = found.map(
      ({ connection, credentials: { authorizedAt, authorizedBy, invitedBy } }) => ({
        connection,
        authorized_at: authorizedAt ?? null,
        authorized_by: (authorizedBy && formatAuthorizedBy(authorizedBy)) ?? null,
        ...(invitedBy === undefined ? {} : { invited_by: invitedBy }),
      }),
    );
    terminal.print(JSON.stringify({ connections, not_recorded: unrecorded }, null, 2));
    return 0;
  }
  const lines = found.map(
    ({ connection, credentials: { authorizedAt = 'at an unknown time', authorizedBy, invitedBy } }) =>
      `${connection}: ${authorizedAt}, ${describePerson(authorizedBy)}${invitedBy === undefined ? '' : `, invited by ${toSingleLine(invitedBy)}`}`,
  );
  terminal.print(
    [
      ...lines,
      `${found.length} of ${consents.length} connections. Of ${unrecorded}, it is not recorded who authorized them.`,
    ].join('\n'),
  );
  return 0;
}
