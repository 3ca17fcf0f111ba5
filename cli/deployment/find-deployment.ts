import { DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { callAws, hasName, translateAwsError } from '../../lambdas/adapters/aws-errors.ts';
import type { AwsClients } from '../aws/clients.ts';
import { ifAllowed } from '../aws/try-read.ts';
import { CliError } from '../cli-error.ts';

/** A deployed stack: the names of its parts, as its outputs say them. */
export interface Deployment {
  readonly stackName: string;
  readonly region: string;
  readonly functionName: string;
  readonly tableName: string;
  readonly secretPrefix: string;
  readonly keyArn: string;
  /** Undefined for a stack that was deployed before it had the output. */
  readonly scheduleName: string | undefined;
  readonly undeliveredQueueUrl: string | undefined;
}

/** Name of the stack where none is given. */
export const DEFAULT_STACK_NAME = 'ZohoTokenRefresher';

/** Finds the stack by its name, and its parts by its outputs. Throws {@link CliError} that says which stacks there are. */
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
    `The stack ${stack} in ${region} is not one of a Zoho Token Refresher: it has not its outputs.`,
    'Give the right one by --stack and --region, or deploy it again.',
  );
}

/** The parts of a stack, or undefined when it is another kind of stack. */
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
      ? `There ${others.length === 1 ? 'is' : 'are'} ${others.join(', ')}: give --stack.`
      : 'Give --stack, --region or --profile, or deploy it: npm run deploy.',
  );
}

/** A help only: whoever may not list stacks is told nothing of others. */
async function otherDeployments(client: Client, region: string): Promise<string[]> {
  const call = { action: 'cloudformation:DescribeStacks', resource: '*' };
  const found = await ifAllowed(() => callAws(call, () => client.send(new DescribeStacksCommand({}))));
  return (found?.Stacks ?? []).flatMap((stack) => deploymentOf(stack, region)?.stackName ?? []);
}
