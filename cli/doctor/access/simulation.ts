import { type IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import pMap from 'p-map';
import { hasName } from '../../../lambdas/adapters/aws-error-kinds.ts';
import { translateAwsError } from '../../../lambdas/adapters/aws-errors.ts';
import type { Principal } from './principals.ts';

/** The action that is simulated. */
export const READ_ACTION = 'secretsmanager:GetSecretValue';

/** IAM allows only a few calls per second. */
const SIMULATIONS_IN_FLIGHT = 4;

/**
 * Returns the principals that can read a secret according to IAM's policy simulator. It evaluates their policies, the policies
 * of their groups, and permission boundaries, but no service control policies. The secret's resource policy and the KMS key are
 * not included. Throws `InfrastructureError`.
 */
export async function simulateReaders(
  client: IAMClient,
  principals: readonly Principal[],
  { secretArn, onProgress }: { readonly secretArn: string; readonly onProgress: (done: number) => void },
): Promise<readonly Principal[]> {
  let done = 0;
  const mayRead = await pMap(
    principals,
    async (principal) => {
      const isAllowed = await simulate(client, principal, secretArn);
      done += 1;
      onProgress(done);
      return isAllowed;
    },
    { concurrency: SIMULATIONS_IN_FLIGHT },
  );
  return principals.filter((_, index) => mayRead[index]);
}

async function simulate(client: IAMClient, { arn }: Principal, secretArn: string): Promise<boolean> {
  try {
    const { EvaluationResults = [] } = await client.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: arn,
        ActionNames: [READ_ACTION],
        ResourceArns: [secretArn],
      }),
    );
    return EvaluationResults.some(({ EvalDecision }) => EvalDecision === 'allowed');
  } catch (error) {
    // The principal was deleted after it was listed.
    if (hasName(error, 'NoSuchEntityException')) return false;
    throw translateAwsError(error, { action: 'iam:SimulatePrincipalPolicy', resource: arn });
  }
}
