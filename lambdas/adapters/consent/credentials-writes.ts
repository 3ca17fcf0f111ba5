import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { Redacted } from '../../core/redacted.ts';
import { hasName } from '../aws-error-kinds.ts';
import { callAws } from '../aws-errors.ts';

const CURRENT = 'AWSCURRENT';

/** The label of a version from when it is written until another one is: it is found again if it never became current. */
export const AUTHORIZED = 'AUTHORIZED';

export interface NewCredentials {
  readonly secretName: string;
  /** JSON of the credentials secret. */
  readonly text: Redacted;
  /** The current version that these credentials are meant to replace; undefined if the secret was empty. */
  readonly fromVersionId: string | undefined;
}

export type CredentialsWrite =
  | { readonly kind: 'stored'; readonly versionId: string }
  /** Other credentials are current than those that were to be replaced. Nothing was replaced. */
  | { readonly kind: 'conflict' };

/**
 * Stores credentials only if those that the caller has seen are still current. The new version is written with the label
 * AUTHORIZED, and AWSCURRENT is moved to it *from the version that was seen*: Secrets Manager refuses the move otherwise. The
 * first version of an empty secret gets AWSCURRENT with the write. Throws `InfrastructureError`; what was stored is then unknown.
 */
export async function writeCredentials(
  client: SecretsManagerClient,
  { secretName, text, fromVersionId }: NewCredentials,
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
    VersionStages: [AUTHORIZED],
  });
  const { VersionId: versionId = '', VersionStages: stages = [] } = await call('PutSecretValue', (options) =>
    client.send(put, options),
  );
  if (stages.includes(CURRENT)) return { kind: 'stored', versionId };
  if (fromVersionId === undefined) return { kind: 'conflict' };
  const move = new UpdateSecretVersionStageCommand({
    SecretId,
    VersionStage: CURRENT,
    MoveToVersionId: versionId,
    RemoveFromVersionId: fromVersionId,
  });
  const isMoved = await call('UpdateSecretVersionStage', async (options) => {
    try {
      await client.send(move, options);
      return true;
    } catch (error) {
      if (hasName(error, 'InvalidParameterException')) return false;
      throw error;
    }
  });
  if (isMoved) return { kind: 'stored', versionId };
  // The first attempt of a repeated call may have moved the label.
  const { VersionIdsToStages: labels = {} } = await call('DescribeSecret', (options) =>
    client.send(new DescribeSecretCommand({ SecretId }), options),
  );
  const isCurrent = labels[versionId]?.includes(CURRENT) === true;
  return isCurrent ? { kind: 'stored', versionId } : { kind: 'conflict' };
}
