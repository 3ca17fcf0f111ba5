import type { Redacted } from '../../lambdas/core/redacted.ts';
import { readIfAllowed } from '../aws/try-read.ts';
import { CliError } from '../cli-error.ts';
import { ownTags } from '../connections/connection-tags.ts';
import type { Session } from '../session.ts';
import type { SecretFacts } from './connection-secrets.ts';
import { judgeForeign } from './foreign-secret.ts';

/** The credentials secret of a connection; undefined while it does not exist. */
export type CredentialsSecret = SecretFacts | undefined;

/**
 * Looks at the credentials secret before a consent. It is restored if it is scheduled for deletion. Throws {@link CliError} if
 * the secret is not this deployment's own.
 */
export async function prepareCredentialsSecret(session: Session, name: string): Promise<CredentialsSecret> {
  const secrets = await session.secrets();
  const facts = await secrets.describe(name, 'credentials');
  if (facts?.deletedAtMs === undefined) return await checkOwner(session, name, facts);
  await refuseForeign(session, name, facts, undefined);
  await secrets.restore(name, 'credentials');
  session.runtime.terminal.print(
    `restored: ${secrets.nameOf(name, 'credentials')}, which was scheduled for deletion`,
  );
  return await checkOwner(session, name, await secrets.describe(name, 'credentials'));
}

async function checkOwner(
  session: Session,
  name: string,
  facts: CredentialsSecret,
): Promise<CredentialsSecret> {
  if (facts === undefined) return undefined;
  // The policy of a secret that is being deleted cannot be read, and nothing can be written into it.
  const isBeingDeleted = facts.deletedAtMs !== undefined;
  const policy = isBeingDeleted ? undefined : await (await session.secrets()).readPolicy(name, 'credentials');
  await refuseForeign(session, name, facts, policy);
  return facts;
}

/**
 * Stores credentials with one write: a new secret is created with its value, so that it is never empty. `before` is what the
 * secret was before the consent. If someone else has stored credentials since then, these replace them, and the user is told.
 */
export async function storeCredentials(
  session: Session,
  name: string,
  text: Redacted,
  before: CredentialsSecret,
): Promise<void> {
  const { terminal } = session.runtime;
  const secrets = await session.secrets();
  const tags = ownTags(await session.deployment());
  const look = async () => checkOwner(session, name, await secrets.describe(name, 'credentials'));
  let current = await look();
  if (current === undefined) {
    if (await secrets.create(name, 'credentials', { tags, value: text })) return;
    current = await look();
  }
  await secrets.writeCredentials(name, text);
  if (current?.currentVersionId !== before?.currentVersionId) {
    terminal.info(
      terminal.infoColors.yellow(
        `Someone else stored credentials of ${name} during this authorization. Yours replaced them.`,
      ),
    );
  }
  const isTagged = Object.entries(tags).every(([key, value]) => current?.tags[key] === value);
  if (!isTagged) await readIfAllowed(() => secrets.tag(name, 'credentials', tags));
}

async function refuseForeign(
  session: Session,
  name: string,
  facts: SecretFacts,
  policy: string | undefined,
): Promise<void> {
  const foreign = judgeForeign(name, facts, policy, await session.deployment());
  if (foreign === undefined) return;
  const secretName = (await session.secrets()).nameOf(name, 'credentials');
  throw new CliError(
    `The secret ${secretName} ${foreign.problem}. Nothing was written into it.`,
    foreign.advice,
  );
}
