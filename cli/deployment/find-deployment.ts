import { DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { callAws, hasName, translateAwsError } from '../../lambdas/adapters/aws-errors.ts';
import type { AwsClients } from '../aws/clients.ts';
import { readIfAllowed } from '../aws/try-read.ts';
import { CliError } from '../cli-error.ts';

/** A deployed stack and its resources, taken from its outputs. */
export interface Deployment {
  readonly stackName: string;
  readonly region: string;
  readonly functionName: string;
  readonly tableName: string;
  readonly secretPrefix: string;
  readonly keyArn: string;
  /** Undefined for a stack deployed by a version without this output. */
  readonly scheduleName: string | undefined;
  readonly undeliveredQueueUrl: string | undefined;
}

/** Name of the stack when --stack is not set. */
export const DEFAULT_STACK_NAME = 'ZohoTokenRefresher';

/** Finds the stack by name, and its resources by its outputs. Throws {@link CliError} that lists other stacks. */
export async function findDeployment(
  { cloudFormation }: AwsClients,
  { stack = DEFAULT_STACK_NAME }: { readonly stack?: string },
): Promise<Deployment> {
  const region = await cloudFormation.config.region();
  const found = await describeStack(cloudFormation, stack);
  if (found === undefined) throw await notFound(cloudFormation, stack, region);
  const deployment = deploymentOf(found, region);
  if (deployment !== undefined) return deployment;
  throw new CliError(
    `The stack ${stack} in ${region} has no outputs of a Zoho Token Refresher.`,
    'Check --stack and --region, or deploy again: npm run deploy.',
  );
}

/** The resources of a stack, or undefined when it is not a Zoho Token Refresher. */
export function deploymentOf(stack: Stack, region: string): Deployment | undefined {
  const outputs = new Map((stack.Outputs ?? []).map((output) => [output.OutputKey, output.OutputValue]));
  const functionName = outputs.get('RefresherFunctionName');
  const tableName = outputs.get('ConnectionsTableName');
  const secretPrefix = outputs.get('SecretPrefix');
  const keyArn = outputs.get('KeyArn');
  if (!functionName || !tableName || !secretPrefix || !keyArn) return undefined;
  return {
    stackName: stack.StackName ?? '',
    region,
    functionName,
    tableName,
    secretPrefix,
    keyArn,
    scheduleName: outputs.get('ScheduleName'),
    undeliveredQueueUrl: outputs.get('UndeliveredQueueUrl'),
  };
}

type Client = AwsClients['cloudFormation'];

async function describeStack(client: Client, stack: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Stacks?.[0];
  } catch (error) {
    if (hasName(error, 'ValidationError') && /does not exist/.test((error as Error).message))
      return undefined;
    throw translateAwsError(error, { action: 'cloudformation:DescribeStacks', resource: stack });
  }
}

async function notFound(client: Client, stack: string, region: string): Promise<CliError> {
  const others = await otherDeployments(client, region);
  return new CliError(
    `There is no stack ${stack} in ${region}.`,
    others.length > 0
      ? `Use --stack with one of: ${others.join(', ')}.`
      : 'Check --stack, --region and --profile, or deploy: npm run deploy.',
  );
}

/** Other deployments of the region; none without permission to list stacks. */
async function otherDeployments(client: Client, region: string): Promise<string[]> {
  const call = { action: 'cloudformation:DescribeStacks', resource: '*' };
  const found = await readIfAllowed(() => callAws(call, () => client.send(new DescribeStacksCommand({}))));
  return (found?.Stacks ?? []).flatMap((stack) => deploymentOf(stack, region)?.stackName ?? []);
}
