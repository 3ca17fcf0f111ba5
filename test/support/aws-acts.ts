import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { Lambda } from '@aws-sdk/client-lambda';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import type { AwsClientConfig } from '../../sandbox/aws/client-config.ts';

/** AWS clients with the credentials of one principal. */
export class AwsClients {
  readonly secrets: SecretsManager;
  readonly table: DynamoDB;
  readonly functions: Lambda;
  readonly parameters: SSM;

  constructor(config: AwsClientConfig) {
    this.secrets = new SecretsManager(config);
    this.table = new DynamoDB(config);
    this.functions = new Lambda(config);
    this.parameters = new SSM(config);
  }

  destroy(): void {
    for (const client of [this.secrets, this.table, this.functions, this.parameters]) client.destroy();
  }
}

/** An action on a named secret, table, function or parameter. */
interface AwsAct {
  /** IAM actions. An error names the first one. */
  readonly needs: readonly string[];
  run(aws: AwsClients, name: string): Promise<unknown>;
}

const READ = ['secretsmanager:GetSecretValue', 'kms:Decrypt'];
const WRITE = ['secretsmanager:PutSecretValue', 'kms:GenerateDataKey', 'kms:Decrypt'];
const Key = { connection: { S: 'crm-prod' } };
const PUBLIC = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' },
});
const NO_FAILURES = {
  UpdateExpression: 'SET failures = :none',
  ExpressionAttributeValues: { ':none': { N: '0' } },
};

/** Actions that a principal may or may not do, by their words in test names. */
export const ACTS = {
  read: act(READ, ({ secrets }, SecretId) =>
    secrets.getSecretValue({ SecretId, VersionStage: 'AWSCURRENT' }),
  ),
  write: act(WRITE, ({ secrets }, SecretId) =>
    secrets.putSecretValue({ SecretId, SecretString: 'a new value' }),
  ),
  create: act('secretsmanager:CreateSecret', ({ secrets }, Name) =>
    secrets.createSecret({ Name, SecretString: 'a value' }),
  ),
  reconfigure: act('secretsmanager:UpdateSecret', ({ secrets }, SecretId) =>
    secrets.updateSecret({ SecretId, Description: 'another' }),
  ),
  'open to others': act('secretsmanager:PutResourcePolicy', ({ secrets }, SecretId) =>
    secrets.putResourcePolicy({ SecretId, ResourcePolicy: PUBLIC }),
  ),
  describe: act('secretsmanager:DescribeSecret', ({ secrets }, SecretId) =>
    secrets.describeSecret({ SecretId }),
  ),
  list: act('secretsmanager:ListSecrets', ({ secrets }) => secrets.listSecrets({})),
  'read the policy of': act('secretsmanager:GetResourcePolicy', ({ secrets }, SecretId) =>
    secrets.getResourcePolicy({ SecretId }),
  ),
  tag: act('secretsmanager:TagResource', ({ secrets }, SecretId) =>
    secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] }),
  ),
  delete: act('secretsmanager:DeleteSecret', ({ secrets }, SecretId) => secrets.deleteSecret({ SecretId })),
  restore: act('secretsmanager:RestoreSecret', ({ secrets }, SecretId) =>
    secrets.restoreSecret({ SecretId }),
  ),
  'read a row of': act('dynamodb:GetItem', ({ table }, TableName) => table.getItem({ TableName, Key })),
  'put a row into': act('dynamodb:PutItem', ({ table }, TableName) =>
    table.putItem({ TableName, Item: Key }),
  ),
  'change a row of': act('dynamodb:UpdateItem', ({ table }, TableName) =>
    table.updateItem({ TableName, Key, ...NO_FAILURES }),
  ),
  'delete a row of': act('dynamodb:DeleteItem', ({ table }, TableName) =>
    table.deleteItem({ TableName, Key }),
  ),
  scan: act('dynamodb:Scan', ({ table }, TableName) => table.scan({ TableName })),
  // An alias as a parameter, because moto has no route for names and ARNs with one.
  invoke: act('lambda:InvokeFunction', ({ functions }, name) => {
    const [FunctionName, Qualifier] = name.split(':');
    return functions.invoke({ FunctionName, Qualifier, Payload: Buffer.from('{"action":"refresh-due"}') });
  }),
  'read the configuration of': act('lambda:GetFunctionConfiguration', ({ functions }, FunctionName) =>
    functions.getFunctionConfiguration({ FunctionName }),
  ),
  'read the concurrency of': act('lambda:GetFunctionConcurrency', ({ functions }, FunctionName) =>
    functions.getFunctionConcurrency({ FunctionName }),
  ),
  'list the parameters below': act('ssm:GetParametersByPath', ({ parameters }, Path) =>
    parameters.getParametersByPath({ Path, Recursive: true }),
  ),
  'read the parameter': act('ssm:GetParameter', ({ parameters }, Name) => parameters.getParameter({ Name })),
  'put the parameter': act('ssm:PutParameter', ({ parameters }, Name) =>
    parameters.putParameter({ Name, Value: 'a value', Type: 'String', Overwrite: true }),
  ),
} as const satisfies Readonly<Record<string, AwsAct>>;

function act(needs: string | readonly string[], run: AwsAct['run']): AwsAct {
  return { needs: typeof needs === 'string' ? [needs] : needs, run };
}
