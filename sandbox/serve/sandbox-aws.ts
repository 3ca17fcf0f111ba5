import type { Clock } from '../../lambdas/core/ports.ts';
import { type CloudFormationStandIn, startCloudFormation } from '../aws/cloudformation.ts';
import { type CloudWatchStandIn, startCloudWatch } from '../aws/cloudwatch.ts';
import { type LambdaEndpoint, type LambdaOptions, startLambdaEndpoint } from '../aws/lambda-endpoint.ts';
import { type SchedulerStandIn, startScheduler } from '../aws/scheduler.ts';
import { type SqsStandIn, startSqs } from '../aws/sqs.ts';
import type { Closing } from './closing.ts';

/** The AWS services that {@link LocalDeployment} does not have. Each has `faults` and `calls`. */
export interface SandboxAws {
  readonly cloudFormation: CloudFormationStandIn;
  readonly cloudWatch: CloudWatchStandIn;
  readonly lambda: LambdaEndpoint;
  readonly scheduler: SchedulerStandIn;
  readonly sqs: SqsStandIn;
}

/** Starts them; `closing` closes them. */
export async function startSandboxAws(
  options: { readonly clock: Clock; readonly functions: LambdaOptions['functions'] },
  closing: Closing,
): Promise<SandboxAws> {
  const { clock } = options;
  return {
    cloudFormation: closing.add(await startCloudFormation({ clock })),
    cloudWatch: closing.add(await startCloudWatch({ clock })),
    lambda: closing.add(await startLambdaEndpoint(options)),
    scheduler: closing.add(await startScheduler({ clock })),
    sqs: closing.add(await startSqs({ clock })),
  };
}
