import type { Intent, SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { judgeForeign, judgeOwner } from '../../lambdas/core/secrets/foreign-secret.ts';
import { ownTags } from '../../lambdas/core/secrets/secret-tags.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import { tagsFor } from '../connections/connection-tags.ts';
import type { ConnectionSecrets, SecretKind } from '../secrets/connection-secrets.ts';
import { otherStoreThan } from '../secrets/leftovers.ts';
import type { Session } from '../session.ts';

/** The versions of the credentials that were copied, and of the copy. */
export interface CopiedCredentials {
  readonly fromVersionId: string;
  readonly versionId: string;
}

/**
 * Copies the current credentials to a store, unless it has the same ones, and prepares the token's place there. Undefined if the
 * connection has none. Throws {@link CliError} if a secret there is not this deployment's own.
 */
export async function copyCredentials(
  session: Session,
  name: string,
  { to, intent }: { readonly to: SecretStoreName; readonly intent: Intent },
): Promise<CopiedCredentials | undefined> {
  const secrets = await session.secrets();
  const target = secrets.inStore(to);
  const source = secrets.inStore(otherStoreThan(to));
  if (to === 'secrets-manager') await prepareSecrets(session, name, { target, intent });
  const current = await source.readLabelled(name, 'AWSCURRENT');
  if (current === undefined) return undefined;
  const { versionId: fromVersionId, text } = current;
  for (;;) {
    const existing = await readExisting(target, name);
    if (existing?.text.reveal() === text.reveal()) return { fromVersionId, versionId: existing.versionId };
    const isNew = existing === undefined && (await target.describe(name, 'credentials')) === undefined;
    const tags = ownTags(await session.deployment());
    const created = isNew ? await target.create(name, 'credentials', { tags, value: text }) : undefined;
    if (created?.versionId !== undefined) return { fromVersionId, versionId: created.versionId };
    const written = await target.replaceCredentials(name, text, existing?.versionId);
    if (written.kind === 'stored') return { fromVersionId, versionId: written.versionId };
  }
}

async function readExisting(target: ConnectionSecrets, name: string) {
  if ((await target.describe(name, 'credentials')) === undefined) return undefined;
  return await target.readLabelled(name, 'AWSCURRENT');
}

/** Creates the token secret, and restores what is being deleted. */
async function prepareSecrets(
  session: Session,
  name: string,
  { target, intent }: { readonly target: ConnectionSecrets; readonly intent: Intent },
): Promise<void> {
  const deployment = await session.deployment();
  const spec = { dataCenter: intent.dataCenter as DataCenterLocation | undefined, scopes: intent.scopes };
  const tags = tagsFor(deployment, spec);
  for (const kind of ['access-token', 'credentials'] as const) {
    const facts = await target.describe(name, kind);
    const foreign =
      facts &&
      (kind === 'access-token'
        ? judgeOwner(name, facts, deployment)
        : judgeForeign(name, facts, await policyOf(target, name, kind, facts.deletedAtMs), deployment));
    if (foreign !== undefined) {
      const secretName = target.nameOf(name, kind);
      throw new CliError(`The secret ${secretName} ${foreign.problem}. Nothing was changed.`, foreign.advice);
    }
    if (facts?.deletedAtMs !== undefined) await target.restore(name, kind);
    if (kind === 'access-token') {
      if (facts === undefined) await target.create(name, kind, { tags });
      else await target.tag(name, kind, tags);
    }
  }
}

/** That of a secret that is being deleted cannot be read. */
async function policyOf(
  target: ConnectionSecrets,
  name: string,
  kind: SecretKind,
  deletedAtMs: number | undefined,
): Promise<string | undefined> {
  return deletedAtMs === undefined ? await target.readPolicy(name, kind) : undefined;
}
