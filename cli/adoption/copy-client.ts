import { PENDING } from '../../lambdas/adapters/client-secrets.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import { ownTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { parseClient } from '../../lambdas/core/secrets/shared-client.ts';
import { CliError } from '../cli-error.ts';
import { requireOwnSecret } from '../clients/find-client-secret.ts';
import { writeClient } from '../secrets/client-writes.ts';
import type { Session } from '../session.ts';
import type { SourceDeployment } from './source-deployment.ts';

/**
 * Copies a shared client of the old deployment, with a new secret that Zoho has not accepted yet. If this deployment has the client
 * already with another secret, the copied one is stored beside it: the refresher finds out which one Zoho accepts.
 */
export async function copyClient(session: Session, source: SourceDeployment, name: string): Promise<void> {
  const secrets = await session.secrets();
  const secretName = secrets.nameOf(name, 'client');
  const theirs = await source.secrets.readClient(name);
  if (theirs === undefined) {
    throw new CliError(
      `The credentials refer to the client ${name}, whose secret ${source.secrets.nameOf(name, 'client')} does not exist or cannot be read.`,
      'Restore it, or authorize the connection with another client in the old deployment first.',
    );
  }
  const tags = ownTags(await session.deployment());
  const isNew = (await secrets.describe(name, 'client')) === undefined;
  if (isNew) await secrets.create(name, 'client', { tags, value: theirs.current.text });
  const facts = await requireOwnSecret(session, name);
  const ours = await secrets.readClient(name);
  if (ours === undefined)
    throw new CliError(`${secretName} cannot be read.`, 'Restore it, or ask for access.');
  if (idOf(name, ours.current.text) !== idOf(name, theirs.current.text)) {
    throw new CliError(
      `This deployment has another client of the name ${name}: its id is not that of ${source.secretPrefix}. Nothing was copied.`,
      `In ${source.secretPrefix}, store the client under another name, and move the connection to it: zoho-tokens client add OTHER, zoho-tokens move NAME --client OTHER`,
    );
  }
  const text = (theirs.pending ?? theirs.current).text;
  const known = [ours.current, ours.pending].map((version) => version?.text.reveal());
  if (known.includes(text.reveal())) return;
  const write = { secretName, text, label: PENDING, fromVersionId: facts.pendingVersionId } as const;
  const { kind } = await writeClient(session.aws.secretsManager, write, session.signal);
  if (kind === 'conflict')
    throw new CliError(
      `Someone else stored a secret of the client ${name} meanwhile.`,
      'Run the command again.',
    );
}

function idOf(name: string, text: Redacted): string | undefined {
  const parsed = parseClient(name, text);
  return parsed.ok ? parsed.client.clientId : undefined;
}
