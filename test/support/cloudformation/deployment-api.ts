import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { jsonErrorAnswer, type WireAnswer } from '../../../sandbox/aws/aws-endpoint.ts';
import { AwsError } from '../../../sandbox/aws/aws-error.ts';
import {
  queryAnswer,
  queryErrorAnswer,
  readQuery,
  type XmlValue,
} from '../../../sandbox/aws/query-protocol.ts';
import { resolve } from './existing-resources.ts';
import type { SimulatedAccount, Stack, StackOutcome } from './simulated-account.ts';
import type { CloudFormationTemplate } from './template.ts';

const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';
/** The maximum, and the default. Source: API reference of GetParametersByPath. */
const PARAMETERS_PER_PAGE = 10;

type Query = ReadonlyMap<string, string>;

/** The operations of CloudFormation, STS, S3 and SSM that the CDK CLI calls. */
export class DeploymentApi {
  readonly outcomes: (StackOutcome & { readonly stack: string })[] = [];
  refuse: string | undefined;
  readonly #account: SimulatedAccount;
  readonly #objects = new Map<string, string>();
  readonly #changeSets = new Map<string, CloudFormationTemplate>();
  readonly #ids = new Map<string, string>();
  readonly #inReview = new Set<string>();
  /** Deleted stacks can be described by their IDs. */
  readonly #deletedIds = new Map<string, string>();

  constructor(account: SimulatedAccount) {
    this.#account = account;
  }

  answer({ method = '', url = '', headers }: IncomingMessage, body: Buffer): WireAnswer {
    const service = /Credential=[^/]+\/\d+\/[^/]+\/(\w+)\//.exec(headers.authorization ?? '')?.[1];
    if (service === 's3') return this.#s3(method, new URL(url, 'http://s3').pathname, body);
    if (service === 'ssm') {
      return answerOr(jsonErrorAnswer, () =>
        this.#ssm(String(headers['x-amz-target']), JSON.parse(String(body))),
      );
    }
    const query = readQuery(String(body));
    const action = query.get('Action') ?? '';
    return answerOr(queryErrorAnswer, () => queryAnswer(action, this.#query(action, query)));
  }

  #s3(method: string, path: string, body: Buffer): WireAnswer {
    if (method === 'PUT') this.#objects.set(path.slice(path.lastIndexOf('/') + 1), String(body));
    if (method === 'GET')
      return { status: 200, body: '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>' };
    return { status: 200, body: '' };
  }

  #ssm(target: string, { Name, Path, NextToken = '0' }: Record<string, unknown>): WireAnswer {
    const found = [
      { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30' },
      ...this.#account.resources
        .filter(({ type }) => type === 'AWS::SSM::Parameter')
        .map(({ name, properties }) => ({ Name: name, Value: String(properties.Value) })),
    ].map((each) => ({
      ...each,
      Type: 'String',
      ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${each.Name}`,
    }));
    const json = (value: object) => ({ status: 200, body: JSON.stringify(value) });
    if (target.endsWith('GetParametersByPath')) {
      const below = found.filter((each) => each.Name.startsWith(`${String(Path).replace(/\/$/, '')}/`));
      const end = Number(NextToken) + PARAMETERS_PER_PAGE;
      return json({
        Parameters: below.slice(Number(NextToken), end),
        ...(end < below.length && { NextToken: String(end) }),
      });
    }
    const [Parameter] = found.filter((each) => each.Name === Name);
    if (Parameter === undefined) throw new AwsError('ParameterNotFound', `${Name} does not exist`);
    return json({ Parameter });
  }

  #query(action: string, query: Query): XmlValue {
    const name = this.#stackName(query.get('StackName') ?? query.get('ChangeSetName'));
    switch (action) {
      case 'GetCallerIdentity':
        return { Account: ACCOUNT, UserId: 'simulated', Arn: `arn:aws:iam::${ACCOUNT}:user/simulated` };
      case 'AssumeRole':
        return {
          Credentials: {
            AccessKeyId: 'simulated',
            SecretAccessKey: 'simulated',
            SessionToken: 'simulated',
            Expiration: new Date(Date.now() + 3_600_000).toISOString(),
          },
          AssumedRoleUser: { AssumedRoleId: 'simulated:cdk', Arn: String(query.get('RoleArn')) },
        };
      case 'DescribeStacks': {
        const id = query.get('StackName') ?? '';
        return { Stacks: [this.#deletedIds.has(id) ? this.#describeDeleted(id) : this.#describe(name)] };
      }
      case 'GetTemplate':
        this.#describe(name);
        return { TemplateBody: JSON.stringify(this.#account.stack(name)?.template ?? {}) };
      case 'CreateChangeSet': {
        const template = JSON.parse(this.#templateOf(query)) as CloudFormationTemplate;
        this.#changeSets.set(name, template);
        if (this.#account.stack(name) === undefined) this.#inReview.add(name);
        return { Id: `${this.#idOf(name)}/changes`, StackId: this.#idOf(name) };
      }
      case 'DescribeChangeSet': {
        const changes = this.#changeSets.get(name);
        if (changes === undefined) throw noChangeSet(name);
        const { Resources } = changes;
        const isEmpty = isDeepStrictEqual(changes, this.#account.stack(name)?.template);
        const Changes = Object.entries(Resources).map(([LogicalResourceId, { Type }]) => ({
          Type: 'Resource',
          ResourceChange: { Action: 'Add', LogicalResourceId, ResourceType: Type },
        }));
        return {
          ChangeSetName: String(query.get('ChangeSetName')),
          ChangeSetId: `${this.#idOf(name)}/changes`,
          StackId: this.#idOf(name),
          StackName: name,
          ...(isEmpty
            ? { Status: 'FAILED', StatusReason: "The submitted information didn't contain changes." }
            : { Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' }),
          Changes,
        };
      }
      case 'ExecuteChangeSet': {
        const template = this.#changeSets.get(name);
        if (template === undefined) throw noChangeSet(name);
        this.#changeSets.delete(name);
        this.#inReview.delete(name);
        this.#note(
          name,
          this.#account.deploy(name, template, this.refuse === undefined ? {} : { refuse: this.refuse }),
        );
        this.refuse = undefined;
        return {};
      }
      case 'DeleteChangeSet':
        this.#changeSets.delete(name);
        return {};
      case 'DeleteStack':
        this.#inReview.delete(name);
        this.#note(name, this.#account.destroy(name));
        if (this.#account.stack(name) === undefined) {
          this.#deletedIds.set(this.#idOf(name), name);
          this.#ids.delete(name);
        }
        return {};
      case 'DescribeStackEvents':
        return { StackEvents: this.#events(name) };
      case 'DescribeStackResources':
      case 'ListStackResources':
        return { StackResources: [], StackResourceSummaries: [] };
      case 'UpdateTerminationProtection':
        return { StackId: this.#idOf(name) };
      default:
        throw new AwsError('InvalidAction', `The deployment server knows no ${action}.`);
    }
  }

  #note(stack: string, outcome: StackOutcome): void {
    this.outcomes.push({ stack, ...outcome });
  }

  #templateOf(query: Query): string {
    const url = query.get('TemplateURL');
    if (url === undefined) return query.get('TemplateBody') ?? '{}';
    return this.#objects.get(url.slice(url.lastIndexOf('/') + 1)) ?? '{}';
  }

  /** A new stack is in review from its first change set until that is executed. */
  #describe(name: string): XmlValue {
    const stack = this.#account.stack(name);
    if (stack === undefined && !this.#inReview.has(name)) throw notFound(name);
    return {
      StackId: this.#idOf(name),
      StackName: name,
      CreationTime: new Date().toISOString(),
      StackStatus: stack?.status ?? 'REVIEW_IN_PROGRESS',
      StackStatusReason: stack?.reason,
      Outputs: stack === undefined ? [] : this.#outputsOf(stack),
    };
  }

  #describeDeleted(id: string): XmlValue {
    return {
      StackId: id,
      StackName: String(this.#deletedIds.get(id)),
      CreationTime: new Date().toISOString(),
      StackStatus: 'DELETE_COMPLETE',
    };
  }

  #outputsOf({ template, resources }: Stack): XmlValue {
    return Object.entries(template.Outputs ?? {}).map(([OutputKey, { Value }]) => ({
      OutputKey,
      OutputValue: String(resolve(Value, resources, REGION)),
    }));
  }

  #events(name: string): XmlValue {
    const last = this.outcomes.filter(({ stack }) => stack === name).at(-1);
    if (last === undefined) return [];
    const failed = last.reason === undefined ? undefined : last.created.at(-1);
    const event = (id: string, ResourceStatus: string, ResourceStatusReason?: string) => ({
      EventId: randomUUID(),
      StackId: this.#idOf(name),
      StackName: name,
      LogicalResourceId: id,
      ResourceType: id === name ? 'AWS::CloudFormation::Stack' : 'AWS::Resource',
      PhysicalResourceId: id === name ? this.#idOf(name) : id,
      ResourceStatus,
      ResourceStatusReason,
      Timestamp: new Date(Date.now() + 1000).toISOString(),
    });
    return [
      event(name, last.status),
      ...(failed === undefined ? [] : [event(failed, 'CREATE_FAILED', last.reason)]),
    ];
  }

  #idOf(name: string): string {
    const id =
      this.#ids.get(name) ?? `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/${randomUUID()}`;
    this.#ids.set(name, id);
    return id;
  }

  #stackName(nameOrId = ''): string {
    return nameOrId.startsWith('arn:') ? (nameOrId.split('/')[1] ?? '') : nameOrId;
  }
}

function noChangeSet(name: string): AwsError {
  return new AwsError('ChangeSetNotFound', `ChangeSet of ${name} does not exist`);
}

function notFound(name: string): AwsError {
  return new AwsError('ValidationError', `Stack with id ${name} does not exist`);
}

function answerOr(encodeError: (error: AwsError) => WireAnswer, answer: () => WireAnswer): WireAnswer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof AwsError) return encodeError(error);
    throw error;
  }
}
