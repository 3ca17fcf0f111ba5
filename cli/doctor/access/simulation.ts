import { type IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import pMap from 'p-map';
import { hasName, translateAwsError } from '../../../lambdas/adapters/aws-errors.ts';
import type { Principal } from './principals.ts';

/** The action that is asked about. */
export const READ_ACTION = 'secretsmanager:GetSecretValue';

/** IAM allows few calls a second. */
const SIMULATIONS_IN_FLIGHT = 4;

/**
 * Which of the principals may read a secret, as IAM's policy simulator sees it: their own policies, those of their groups,
 * and permission boundaries. It sees no service control policies, and this asks neither about the secret's own policy nor
 * about the KMS key. Throws `InfrastructureError`.
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
    // Deleted since it was listed: it reads nothing any more.
    if (hasName(error, 'NoSuchEntityException')) return false;
    throw translateAwsError(error, { action: 'iam:SimulatePrincipalPolicy', resource: arn });
  }
}
