import type { CredentialsWrite } from '../../lambdas/adapters/consent/credentials-writes.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import { judgeForeign } from '../../lambdas/core/secrets/foreign-secret.ts';
import { ownTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { readIfAllowed } from '../aws/try-read.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { SecretFacts } from './connection-secrets.ts';

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

/** The credentials secret as it is now. Throws {@link CliError} if it is not this deployment's own. */
export async function lookAtCredentialsSecret(session: Session, name: string): Promise<CredentialsSecret> {
  return checkOwner(session, name, await (await session.secrets()).describe(name, 'credentials'));
}

/**
 * Stores credentials if those that were seen are still current. A new secret is created with its value, so that it is never empty.
 * Throws {@link CliError} if someone has taken the name.
 */
export async function storeCredentials(
  session: Session,
  name: string,
  { text, fromVersionId }: { readonly text: Redacted; readonly fromVersionId: string | undefined },
): Promise<CredentialsWrite> {
  const secrets = await session.secrets();
  const tags = ownTags(await session.deployment());
  const current = await lookAtCredentialsSecret(session, name);
  if (current === undefined) {
    const created = await secrets.create(name, 'credentials', { tags, value: text });
    return created === undefined
      ? { kind: 'conflict' }
      : { kind: 'stored', versionId: created.versionId ?? '' };
  }
  const write = await secrets.replaceCredentials(name, text, fromVersionId);
  const isTagged = Object.entries(tags).every(([key, value]) => current.tags[key] === value);
  if (write.kind === 'stored' && !isTagged) await readIfAllowed(() => secrets.tag(name, 'credentials', tags));
  return write;
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
