import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import { writeClient } from '../secrets/client-writes.ts';
import type { Session } from '../session.ts';
import { readNewSecret } from './client-input.ts';
import { findClientSecret, requireOwnSecret } from './find-client-secret.ts';
import { isRefused } from './list-clients.ts';

/** A refresh takes a second or two. */
const REFRESHED_AT_ONCE = 20;

/**
 * Stores the new secret of a client beside the current one, for all its connections, and refreshes those that Zoho refuses already. The
 * refresher uses the new one when Zoho refuses the current one, also if this command ends early. A client without connections has
 * nothing that could find out, so its new secret is current at once. The second of two people who rotate at once gets an error.
 */
export async function rotateClient(
  session: Session,
  name: string,
  { dataCenter }: { readonly dataCenter?: DataCenterLocation },
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  await session.deployment();
  const secrets = await session.secrets();
  const { current, pending } = await findClientSecret(session, name);
  const facts = await requireOwnSecret(session, name);
  // A secret for another data center may be pending: both belong into the new version.
  const base = (pending ?? current).text;
  const text = await readNewSecret(session, name, base, dataCenter);
  const rows = (await session.list()).flatMap((row): Connection[] =>
    'malformed' in row || row.client !== name ? [] : [row],
  );
  const [label, fromVersionId] =
    rows.length === 0
      ? (['AWSCURRENT', current.versionId] as const)
      : (['AWSPENDING', facts.pendingVersionId] as const);
  const secretName = secrets.nameOf(name, 'client');
  const write = await writeClient(
    session.aws.secretsManager,
    { secretName, text, label, fromVersionId },
    session.signal,
  );
  if (write.kind === 'conflict')
    throw new CliError(
      `Someone else stored a secret of ${name} while you entered yours, and that one stands. Yours was not stored.`,
      `Look in Zoho's API console which secret the client has now. If it is yours, run: zoho-tokens client rotate ${name}`,
    );
  terminal.print(outcomeOf(name, rows.length, text.reveal() === current.text.reveal()));
  const isReplaced = pending !== undefined && pending.text.reveal() !== text.reveal();
  if (isReplaced && label === 'AWSPENDING')
    terminal.info('It replaces a new secret that was stored before, and that Zoho has not accepted.');
  return await refreshFirst(session, rows.filter(isRefused));
}

/** Refreshes some of those that Zoho refuses, to see that it accepts the new secret. The refresher finds the others by itself. */
async function refreshFirst(session: Session, refused: readonly Connection[]): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const first = refused.slice(0, REFRESHED_AT_ONCE);
  let live = 0;
  for (const row of first) if (await refreshAndReport(session, row.name)) live += 1;
  const others = refused.length - first.length;
  if (others > 0)
    terminal.print(
      `${others === 1 ? '1 more is' : `${others} more are`} refused. The refresher tries the new secret with each of them within minutes. What is left then: zoho-tokens status --blocked`,
    );
  return live === first.length ? 0 : 1;
}

function outcomeOf(name: string, connections: number, isSame: boolean): string {
  if (isSame) return `stored: this is the current secret of ${name}, so there is nothing to rotate.`;
  if (connections === 0) return `stored: the new secret of ${name}, which no connection uses yet.`;
  return `stored: the new secret of ${name}, for ${connections === 1 ? '1 connection' : `${connections} connections`}. The refresher uses it as soon as Zoho refuses the old one.`;
}
