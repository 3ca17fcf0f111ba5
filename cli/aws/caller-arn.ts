import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { tryRead, valueIfRead } from './try-read.ts';

/** ARN of the AWS principal that runs the command; undefined if STS does not answer. It needs no permission. */
export async function readCallerArn(sts: STSClient): Promise<string | undefined> {
  const call = { action: 'sts:GetCallerIdentity', resource: 'the caller' };
  const identity = await tryRead(() => callAws(call, () => sts.send(new GetCallerIdentityCommand({}))));
  return valueIfRead(identity)?.Arn;
}
