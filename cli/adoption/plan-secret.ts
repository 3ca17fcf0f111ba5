import { isSameKey } from '../../lambdas/core/secrets/foreign-secret.ts';
import { ownTags } from '../../lambdas/core/secrets/secret-tags.ts';
import type { SecretFacts, SecretKind } from '../secrets/connection-secrets.ts';
import type { PlannedChange } from './plan.ts';
import { isUnderKey, readCurrentVersion, reencryptSecret } from './reencrypt-secret.ts';
import type { Adopter } from './remains.ts';

/** What to change about a secret that an earlier deployment left: its key, and its tags. */
export async function planSecret(
  { session, deployment, secrets }: Adopter,
  name: string,
  kind: SecretKind,
  { keyId, tags }: SecretFacts,
): Promise<PlannedChange[]> {
  const { keyArn } = deployment;
  const client = session.aws.secretsManager;
  const secretName = secrets.nameOf(name, kind);
  const wanted = ownTags(deployment);
  const isTagged = Object.entries(wanted).every(([key, value]) => tags[key] === value);
  const current = isSameKey(keyId, keyArn) ? await readCurrentVersion(client, secretName) : undefined;
  const isReencrypted =
    isSameKey(keyId, keyArn) && (current === undefined || isUnderKey(current.keyIds, keyArn));
  const secret = { name: secretName, kind, oldKey: keyId, newKeyArn: keyArn };
  return [
    ...(isReencrypted
      ? []
      : [
          {
            connection: name,
            does: `re-encrypt ${secretName} with the key of this deployment`,
            apply: () => reencryptSecret(client, secret),
          },
        ]),
    ...(isTagged || kind === 'access-token'
      ? []
      : [
          {
            connection: name,
            does: `tag ${secretName} as a secret of this deployment`,
            apply: () => secrets.tag(name, kind, wanted),
          },
        ]),
  ];
}
