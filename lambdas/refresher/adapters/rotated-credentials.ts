import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { translateAwsError } from '../../adapters/aws-errors.ts';
import { moveLabel } from '../../adapters/move-label.ts';
import { isSecretWithoutValue } from '../../adapters/secret-without-value.ts';
import { untilAborted } from '../../adapters/until-aborted.ts';
import { credentialsSecretName } from '../../core/connection/connection-name.ts';
import { InfrastructureError } from '../../core/failures.ts';
import type { RotatedCredentialsStore, RotationResult } from '../../core/ports.ts';
import { Redacted } from '../../core/redacted.ts';
import { replacesVersion } from '../../core/secrets/rotated-credentials.ts';

const CURRENT = 'AWSCURRENT';
const ROTATED = 'ROTATED';

/**
 * Writes refresh tokens that Zoho has rotated to the credentials secrets. The new version is stored as ROTATED, and AWSCURRENT is
 * moved to it *from the version that was used*. Secrets Manager refuses the move if an operator has stored other credentials since.
 */
export function createRotatedCredentials(
  client: SecretsManagerClient,
  secretPrefix: string,
): RotatedCredentialsStore {
  return {
    store: async ({ connection, generation, text, usedVersionId }, signal) => {
      const secret = new RotatedSecret(client, credentialsSecretName(secretPrefix, connection), signal);
      const versionId = rotatedVersionId(connection, generation, usedVersionId);
      await secret.put(versionId, text);
      return secret.makeCurrent(versionId, usedVersionId);
    },
    recover: async (connection, refusedVersionId, signal) => {
      const secret = new RotatedSecret(client, credentialsSecretName(secretPrefix, connection), signal);
      const { VersionId, SecretString } = (await secret.read(ROTATED)) ?? {};
      const isSuccessor = replacesVersion(new Redacted(SecretString ?? ''), refusedVersionId);
      if (VersionId === undefined || !isSuccessor) return { kind: 'none' };
      return secret.makeCurrent(VersionId, refusedVersionId);
    },
  };
}

/** Idempotency token and version ID, so that a repeated put creates no second version. */
export function rotatedVersionId(connection: string, generation: number, usedVersionId: string): string {
  return createHash('sha256').update(`${connection}#${generation}#${usedVersionId}`).digest('hex');
}

class RotatedSecret {
  readonly #client: SecretsManagerClient;
  readonly #secretName: string;
  readonly #signal: AbortSignal;

  constructor(client: SecretsManagerClient, secretName: string, signal: AbortSignal) {
    this.#client = client;
    this.#secretName = secretName;
    this.#signal = signal;
  }

  async put(versionId: string, text: Redacted): Promise<void> {
    const command = new PutSecretValueCommand({
      SecretId: this.#secretName,
      ClientRequestToken: versionId,
      SecretString: text.reveal(),
      VersionStages: [ROTATED],
    });
    await this.#run('PutSecretValue', (options) => this.#client.send(command, options));
  }

  /** The version with a label, or undefined if there is none. */
  async read(stage: string): Promise<GetSecretValueCommandOutput | undefined> {
    const command = new GetSecretValueCommand({ SecretId: this.#secretName, VersionStage: stage });
    return await this.#run('GetSecretValue', async (options) => {
      try {
        return await this.#client.send(command, options);
      } catch (error) {
        if (isSecretWithoutValue(error)) return undefined;
        throw error;
      }
    });
  }

  /** After a refused move, the label is where another one has put it, or this one, if its answer was lost. */
  async makeCurrent(versionId: string, fromVersionId: string): Promise<RotationResult> {
    const secretName = this.#secretName;
    const move = { secretName, label: CURRENT, toVersionId: versionId, fromVersionId };
    if (await moveLabel(this.#client, move, this.#signal)) return { kind: 'current', versionId };
    const current = await this.read(CURRENT);
    if (current?.VersionId === versionId) return { kind: 'current', versionId };
    if (current?.VersionId !== fromVersionId) return { kind: 'superseded' };
    throw new InfrastructureError({
      code: 'aws_unavailable',
      message: `AWSCURRENT of ${this.#secretName} was moved, and the read that should show it is stale.`,
    });
  }

  async #run<T>(action: string, send: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await untilAborted(this.#signal, send({ abortSignal: this.#signal }));
    } catch (error) {
      throw translateAwsError(error, { action: `secretsmanager:${action}`, resource: this.#secretName });
    }
  }
}
