import { randomUUID } from 'node:crypto';
import { type AwsEndpoint, type Clock, startAwsEndpoint, type WireAnswer } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import {
  queryAnswer,
  queryErrorAnswer,
  readQuery,
  XML_CONTENT_TYPE,
  type XmlValue,
} from './query-protocol.ts';

/** A deployed stack, as far as DescribeStacks returns it. */
interface DeployedStack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** @default 'CREATE_COMPLETE' */
  readonly status?: string;
}

/** A running stand-in of CloudFormation. */
export interface CloudFormationStandIn extends AwsEndpoint<'DescribeStacks', 'stack'> {
  /** Adds a stack, or replaces the one of that name. */
  deploy(stack: DeployedStack): void;
  remove(stackName: string): void;
}

interface StoredStack extends DeployedStack {
  readonly arn: string;
  readonly createdAtMs: number;
}

/** Starts a stand-in of CloudFormation on loopback with one operation, DescribeStacks: AWS Query, XML. */
export async function startCloudFormation(options: {
  readonly clock: Clock;
}): Promise<CloudFormationStandIn> {
  const { clock } = options;
  const stacks = new Map<string, StoredStack>();
  const endpoint = await startAwsEndpoint<'DescribeStacks', 'stack'>({
    name: 'cloudformation',
    clock,
    contentType: XML_CONTENT_TYPE,
    encodeError: queryErrorAnswer,
    describeCall: ({ body }) => {
      const query = readQuery(body);
      return { operation: query.get('Action') ?? '', stack: query.get('StackName') };
    },
    execute: ({ body }) => execute([...stacks.values()], readQuery(body)),
  });

  return {
    ...endpoint,
    deploy: (stack) => {
      const arn = `arn:aws:cloudformation:eu-west-1:000000000000:stack/${stack.name}/${randomUUID()}`;
      stacks.set(stack.name, { arn, createdAtMs: clock.now(), ...stack });
    },
    remove: (stackName) => {
      stacks.delete(stackName);
    },
  };
}

function execute(stacks: readonly StoredStack[], query: ReadonlyMap<string, string>): WireAnswer {
  const action = query.get('Action') ?? '';
  if (action !== 'DescribeStacks')
    throw new AwsError('InvalidAction', `The stand-in knows no operation "${action}".`);

  const asked = query.get('StackName');
  const found = stacks.filter(({ name, arn }) => asked === undefined || asked === name || asked === arn);
  if (asked !== undefined && found.length === 0)
    throw new AwsError('ValidationError', `Stack with id ${asked} does not exist`);
  return queryAnswer(action, { Stacks: found.map(describe) });
}

function describe(stack: StoredStack): XmlValue {
  const outputs = Object.entries(stack.outputs);
  return {
    StackId: stack.arn,
    StackName: stack.name,
    CreationTime: new Date(stack.createdAtMs).toISOString(),
    StackStatus: stack.status ?? 'CREATE_COMPLETE',
    Outputs: outputs.map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  };
}
