import { groupConsents, MOST_CONSENTS, readConsents, warnOfConsents } from '../audit/consents.ts';
import type { Session } from '../session.ts';

/** Fewer connections than this cannot come near the limit. */
const FEW_CONNECTIONS = 15;

/** Warns before a consent that may make Zoho end an older one of the same client. */
export async function warnOfLimit(session: Session, clientId: string): Promise<void> {
  if ((await session.list()).length < FEW_CONNECTIONS) return;
  const { terminal } = session.runtime;
  const consents = await terminal.withProgress(
    `Counting the consents of the client, at most ${MOST_CONSENTS}`,
    () => readConsents(session),
  );
  const ofClient = groupConsents(consents.filter(({ credentials }) => credentials.clientId === clientId));
  for (const group of ofClient) {
    const warning = warnOfConsents(group);
    if (warning === undefined) continue;
    terminal.info(terminal.infoColors.yellow(`${warning.connection}: ${warning.what}. ${warning.fix}`));
  }
}
