import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Redacted } from '../../core/redacted.ts';
import { callAws } from '../aws-errors.ts';
import { moveLabel } from '../move-label.ts';

const CURRENT = 'AWSCURRENT';

/** The label of a version from when it is written until another one is: it is found again if it never became current. */
export const AUTHORIZED = 'AUTHORIZED';

/** A value for a secret, and the version that it is meant to replace. */
export interface NewVersion {
  readonly secretName: string;
  readonly text: Redacted;
  /** The label that it gets. */
  readonly label: string;
  /** The label of a version from when it is written until another one is. */
  readonly writtenLabel: string;
  /** The version that had the label when the caller looked; undefined if none had it. */
  readonly fromVersionId: string | undefined;
}

export type CredentialsWrite =
  | { readonly kind: 'stored'; readonly versionId: string }
  /** Another version has the label than the one that was to be replaced. Nothing was replaced. */
  | { readonly kind: 'conflict' };

/**
 * Stores credentials only if those that the caller has seen are still current. The first version of an empty secret gets AWSCURRENT
 * with the write. Throws `InfrastructureError`; what was stored is then unknown.
 */
export async function writeCredentials(
  client: SecretsManagerClient,
  credentials: Omit<NewVersion, 'label' | 'writtenLabel'>,
  signal: () => AbortSignal,
): Promise<CredentialsWrite> {
  return await writeVersion(client, { ...credentials, label: CURRENT, writtenLabel: AUTHORIZED }, signal);
}

/**
 * Writes a version with the label `writtenLabel`, and moves the other label to it *from the version that was seen*: Secrets Manager
 * refuses the move otherwise. Throws `InfrastructureError`; what was stored is then unknown.
 */
export async function writeVersion(
  client: SecretsManagerClient,
  { secretName, text, label, writtenLabel, fromVersionId }: NewVersion,
  signal: () => AbortSignal,
): Promise<CredentialsWrite> {
  const SecretId = secretName;
  const call = <T>(action: string, send: (options: { abortSignal: AbortSignal }) => Promise<T>) =>
    callAws({ action: `secretsmanager:${action}`, resource: secretName }, () =>
      send({ abortSignal: signal() }),
    );
  const put = new PutSecretValueCommand({
    SecretId,
    SecretString: text.reveal(),
    VersionStages: [writtenLabel],
  });
  const { VersionId: versionId = '', VersionStages: stages = [] } = await call('PutSecretValue', (options) =>
    client.send(put, options),
  );
  if (stages.includes(label)) return { kind: 'stored', versionId };
  const isCurrentUnseen = label === CURRENT && fromVersionId === undefined;
  if (isCurrentUnseen) return { kind: 'conflict' };
  const isMoved = await moveLabel(
    client,
    { secretName, label, toVersionId: versionId, fromVersionId },
    signal(),
  );
  if (isMoved) return { kind: 'stored', versionId };
  // The first attempt of a repeated call may have moved the label.
  const { VersionIdsToStages: labels = {} } = await call('DescribeSecret', (options) =>
    client.send(new DescribeSecretCommand({ SecretId }), options),
  );
  const isMovedBefore = labels[versionId]?.includes(label) === true;
  return isMovedBefore ? { kind: 'stored', versionId } : { kind: 'conflict' };
}
