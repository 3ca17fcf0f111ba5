import { isCiphertextRefused } from '../../lambdas/adapters/aws-error-kinds.ts';
import { createSealedCredentials } from '../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../../lambdas/adapters/sealed/sealer.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { isSameKey } from '../../lambdas/core/secrets/foreign-secret.ts';
import { CliError } from '../cli-error.ts';
import type { DeployedFleet, Deployment } from '../deployment/deployment.ts';
import { openWithItsKey, readSealedItem, type SealedItem } from '../secrets/sealed-items.ts';
import type { Session } from '../session.ts';
import { RESTORE } from '../stores/restore-or-authorize.ts';
import { NOTHING_TO_DO, type Plan, problem } from './plan.ts';

/**
 * Stores credentials that were sealed with any key, sealed with the key of this deployment. They keep their version, so that the row
 * still knows them. `seenVersionId` is the version that they replace. Throws {@link CliError} if there is another one by now.
 */
export async function reseal(
  session: Session,
  { deployment, fleet }: { readonly deployment: Deployment; readonly fleet: DeployedFleet },
  item: SealedItem,
  seenVersionId: string | undefined,
): Promise<void> {
  const { connection, versionId } = item;
  const { dynamoDb, kms } = session.aws;
  const { text } = await open(session, deployment, item, {
    ifDamaged: `They were left out, and what ${connection} has now was kept.`,
  });
  const { write: compareAndSwap } = createSealedCredentials(dynamoDb, {
    tableName: fleet.credentialsTable,
    sealer: createSealer(kms, deployment),
  });
  const written = await compareAndSwap({ connection, versionId, text, seenVersionId }, session.signal());
  if (written.kind === 'conflict')
    throw new CliError(`${connection} has got other credentials meanwhile. They were kept.`);
}

/** Whether the credentials of a connection are sealed with the key of the deployment, and the change if they are not. */
export async function planReseal(session: Session, deployment: Deployment, name: string): Promise<Plan> {
  const { fleet } = deployment;
  const table = fleet?.credentialsTable ?? '';
  const item = fleet && (await readSealedItem(session.aws.dynamoDb, table, name));
  if (fleet === undefined || item === undefined)
    return problem(name, `its item in ${table} is not one of credentials`, `Run: zoho-tokens doctor ${name}`);
  try {
    const { keyArn } = await open(session, deployment, item, {
      ifDamaged: `${RESTORE} Use --overwrite. If not, run: zoho-tokens authorize ${name}`,
    });
    if (isSameKey(keyArn, deployment.keyArn)) return NOTHING_TO_DO;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return problem(name, error.message, error.nextStep);
  }
  const does = `re-encrypt ${table}/${name} with the key of this deployment`;
  const apply = () => reseal(session, { deployment, fleet }, item, item.versionId);
  return { changes: [{ connection: name, does, apply }], notes: [] };
}

async function open(
  session: Session,
  { secretPrefix }: Deployment,
  item: SealedItem,
  { ifDamaged }: { readonly ifDamaged: string },
) {
  try {
    return await openWithItsKey(session.aws.kms, secretPrefix, item);
  } catch (error) {
    if (!(error instanceof InfrastructureError) || error.code !== 'aws_kms_denied') throw error;
    const errorName = error.call?.errorName ?? '';
    throw isCiphertextRefused(errorName)
      ? damaged(item.connection, secretPrefix, ifDamaged)
      : unusableKey(item.connection, errorName);
  }
}

function damaged(connection: string, secretPrefix: string, nextStep: string): CliError {
  return new CliError(
    `The credentials of ${connection} are damaged, or were sealed for another connection or another deployment than ${secretPrefix}.`,
    nextStep,
  );
}

function unusableKey(connection: string, errorName: string): CliError {
  return new CliError(
    `The credentials of ${connection} cannot be decrypted: the KMS key that they were sealed with is disabled or about to be deleted, or you may not use it (${errorName}).`,
    [
      'Enable that key, or cancel its deletion: aws kms enable-key, aws kms cancel-key-deletion.',
      'Enabled: ask for the statement OnlyToUnsealWithTheOldKey in docs/fleet-policy.json.',
      `If the key is gone, so are the credentials: zoho-tokens authorize ${connection}`,
    ].join('\n  '),
  );
}
