import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { KMS } from '@aws-sdk/client-kms';
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
  readonly keys: KMS;
  readonly events: EventBridge;

  constructor(config: AwsClientConfig) {
    this.secrets = new SecretsManager(config);
    this.table = new DynamoDB(config);
    this.functions = new Lambda(config);
    this.parameters = new SSM(config);
    this.keys = new KMS(config);
    this.events = new EventBridge(config);
  }

  destroy(): void {
    const { secrets, table, functions, parameters, keys, events } = this;
    for (const client of [secrets, table, functions, parameters, keys, events]) client.destroy();
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
/** Of a row of the connections table, or of the table of consents. */
const keyIn = (table: string) => ({ [table.includes('Consents') ? 'id' : 'connection']: { S: 'crm-prod' } });
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
  'read a row of': act('dynamodb:GetItem', ({ table }, TableName) =>
    table.getItem({ TableName, Key: keyIn(TableName) }),
  ),
  'read the item of crm-acme in': act('dynamodb:GetItem', ({ table }, TableName) =>
    table.getItem({ TableName, Key: { connection: { S: 'crm-acme' } } }),
  ),
  'put a row into': act('dynamodb:PutItem', ({ table }, TableName) =>
    table.putItem({ TableName, Item: keyIn(TableName) }),
  ),
  'change a row of': act('dynamodb:UpdateItem', ({ table }, TableName) =>
    table.updateItem({ TableName, Key: keyIn(TableName), ...NO_FAILURES }),
  ),
  'delete a row of': act('dynamodb:DeleteItem', ({ table }, TableName) =>
    table.deleteItem({ TableName, Key: keyIn(TableName) }),
  ),
  scan: act('dynamodb:Scan', ({ table }, TableName) => table.scan({ TableName })),
  // An alias as a parameter, because moto has no route for names and ARNs with one.
  invoke: act('lambda:InvokeFunction', ({ functions }, name) => {
    const [FunctionName, Qualifier] = name.split(':');
    return functions.invoke({ FunctionName, Qualifier, Payload: Buffer.from('{"action":"refresh-due"}') });
  }),
  'encrypt with': act('kms:Encrypt', ({ keys }, KeyId) =>
    keys.encrypt({ KeyId, Plaintext: Buffer.from('a secret') }),
  ),
  'seal a grant with': sealAct({ deployment: 'zoho', kind: 'grant', invite: 'an invite' }),
  'seal a grant of no invite with': sealAct({ deployment: 'zoho', kind: 'grant' }),
  'seal a grant of another deployment with': sealAct({ deployment: 'other', kind: 'grant', invite: 'x' }),
  'seal something else with': sealAct({ deployment: 'zoho', kind: 'note', invite: 'an invite' }),
  'seal a grant and more with': sealAct({ deployment: 'zoho', kind: 'grant', invite: 'x', more: 'x' }),
  'report a consent to': eventAct('zoho-token-refresher', 'Zoho Consent'),
  'report another change to': eventAct('zoho-token-refresher', 'Zoho Connection State Change'),
  'report for another program to': eventAct('payroll', 'Zoho Consent'),
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

function sealAct(EncryptionContext: Record<string, string>): AwsAct {
  const Plaintext = Buffer.from('a secret');
  return act('kms:Encrypt', ({ keys }, KeyId) => keys.encrypt({ KeyId, Plaintext, EncryptionContext }));
}

function eventAct(Source: string, DetailType: string): AwsAct {
  return act('events:PutEvents', ({ events }) =>
    events.putEvents({ Entries: [{ Source, DetailType, Detail: '{}' }] }),
  );
}

function act(needs: string | readonly string[], run: AwsAct['run']): AwsAct {
  return { needs: typeof needs === 'string' ? [needs] : needs, run };
}
