import { type SecretsManagerClient, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { hasName } from './aws-error-kinds.ts';
import { callAws } from './aws-errors.ts';
import { untilAborted } from './until-aborted.ts';

export interface LabelMove {
  readonly secretName: string;
  readonly label: string;
  readonly toVersionId: string;
  /** The version that has the label, as far as the caller knows. Undefined if none has it. */
  readonly fromVersionId: string | undefined;
}

/**
 * Moves a label of a secret from the version that the caller knows, which makes it a compare-and-swap. False if another version has
 * the label; a retry of a move whose answer was lost gets false as well. Throws `InfrastructureError`. Source:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export async function moveLabel(
  client: SecretsManagerClient,
  { secretName, label, toVersionId, fromVersionId }: LabelMove,
  signal: AbortSignal,
): Promise<boolean> {
  const command = new UpdateSecretVersionStageCommand({
    SecretId: secretName,
    VersionStage: label,
    MoveToVersionId: toVersionId,
    RemoveFromVersionId: fromVersionId,
  });
  const call = { action: 'secretsmanager:UpdateSecretVersionStage', resource: secretName };
  return await callAws(call, async () => {
    try {
      await untilAborted(signal, client.send(command, { abortSignal: signal }));
      return true;
    } catch (error) {
      if (hasName(error, 'InvalidParameterException')) return false;
      throw error;
    }
  });
}
