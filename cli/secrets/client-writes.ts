import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { PENDING } from '../../lambdas/adapters/client-secrets.ts';
import { type CredentialsWrite, writeVersion } from '../../lambdas/adapters/consent/credentials-writes.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';

/** The label of a client's version from when it is written until another one is. */
const WRITTEN = 'WRITTEN';

/** A value for the secret of a shared client. */
export interface ClientWrite {
  readonly secretName: string;
  readonly text: Redacted;
  /** AWSPENDING: the refresher uses it when Zoho refuses the current one. */
  readonly label: 'AWSCURRENT' | typeof PENDING;
  /** The version that had the label when the user began; undefined if none had it. */
  readonly fromVersionId: string | undefined;
}

/** Writes a client if no one else has since. Throws `InfrastructureError`; what was stored is then unknown. */
export async function writeClient(
  client: SecretsManagerClient,
  write: ClientWrite,
  signal: () => AbortSignal,
): Promise<CredentialsWrite> {
  return await writeVersion(client, { ...write, writtenLabel: WRITTEN }, signal);
}
