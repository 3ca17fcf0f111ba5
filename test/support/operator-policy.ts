import { readdirSync, readFileSync } from 'node:fs';
import type { ACTS } from './aws-acts.ts';

/** Values for the capitalized placeholders of docs/operator-policy.json. */
export type Placeholders = Readonly<
  Record<
    | 'PARTITION'
    | 'URL_SUFFIX'
    | 'REGION'
    | 'ACCOUNT'
    | 'PREFIX'
    | 'LOG_GROUP'
    | 'ALARM_PREFIX'
    | 'ALARM_TOPIC_ARN'
    | 'PAGE_TOPIC_ARN'
    | 'TICKET_TOPIC_ARN'
    | 'TABLE'
    | 'FUNCTION'
    | 'CONSENT_API'
    | 'KEY_ARN'
    | 'SCHEDULE'
    | 'QUEUE'
    | 'OLD_PREFIX'
    | 'OLD_TABLE'
    | 'OLD_KEY_ARN'
    | 'RESTORED_TABLE',
    string
  >
>;

/** Values for the capitalized placeholders of docs/fleet-policy.json. */
export type FleetPlaceholders = Readonly<
  Record<
    | 'PARTITION'
    | 'REGION'
    | 'ACCOUNT'
    | 'PREFIX'
    | 'KEY_ARN'
    | 'TOKENS_TABLE'
    | 'CREDENTIALS_TABLE'
    | 'SHARD_SCHEDULES'
    | 'OLD_KEY_ARN'
    | 'RETAINED_TABLE',
    string
  >
>;

/** A documented policy. Every statement has a list of actions and one resource. */
export interface OperatorPolicy {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: string;
    readonly Condition?: object;
  }[];
}

/** The documented policy with its placeholders replaced, or unchanged without values. */
export function readOperatorPolicy(values: Partial<Placeholders> = {}): OperatorPolicy {
  return fillIn('operator-policy.json', values);
}

/** The documented policy that operators of a fleet need as well. */
export function readFleetPolicy(values: Partial<FleetPlaceholders> = {}): OperatorPolicy {
  return fillIn('fleet-policy.json', values);
}

function fillIn(file: string, values: Readonly<Record<string, string>>): OperatorPolicy {
  const document = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
  const filled = Object.entries(values).reduce(
    // Only the name of an alarm follows its placeholder at once.
    (text, [word, value]) => text.replaceAll(new RegExp(`\\b${word}(?=[A-Z][a-z]|[^A-Z_])`, 'g'), value),
    document,
  );
  return JSON.parse(filled) as OperatorPolicy;
}

/** A documented command of the AWS CLI and the permission that it needs. */
export interface OperatorCommand {
  readonly action: string;
  /** As docs/operator-policy.json names it. */
  readonly resource: string;
  /** The same call on moto, if moto can evaluate its permission. */
  readonly act?: keyof typeof ACTS;
}

/** Every command of the AWS CLI in README, docs/operating.md and the runbooks. */
export const OPERATOR_COMMANDS: Readonly<Record<string, OperatorCommand>> = {
  'lambda get-function-configuration': {
    action: 'lambda:GetFunctionConfiguration',
    resource: 'arn:PARTITION:lambda:REGION:ACCOUNT:function:FUNCTION',
    act: 'read the configuration of',
  },
  'cloudtrail lookup-events': { action: 'cloudtrail:LookupEvents', resource: '*' },
  'logs tail': {
    action: 'logs:FilterLogEvents',
    resource: 'arn:PARTITION:logs:REGION:ACCOUNT:log-group:LOG_GROUP:*',
  },
  'ssm get-parameter': {
    action: 'ssm:GetParameter',
    resource: 'arn:PARTITION:ssm:REGION:ACCOUNT:parameter/zoho-token-refresher*',
    act: 'read the parameter',
  },
  'sqs receive-message': {
    action: 'sqs:ReceiveMessage',
    resource: 'arn:PARTITION:sqs:REGION:ACCOUNT:QUEUE',
  },
  'sqs purge-queue': { action: 'sqs:PurgeQueue', resource: 'arn:PARTITION:sqs:REGION:ACCOUNT:QUEUE' },
  'secretsmanager get-secret-value': {
    action: 'secretsmanager:GetSecretValue',
    resource: 'arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:PREFIX/*/credentials-??????',
  },
  'secretsmanager restore-secret': {
    action: 'secretsmanager:RestoreSecret',
    resource: 'arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:PREFIX/*',
    act: 'restore',
  },
};

/** Commands in the runbooks for an administrator, which the policy must not allow, and the permission that each needs. */
export const ADMINISTRATOR_COMMANDS: Readonly<Record<string, string>> = {
  'kms enable-key': 'kms:EnableKey',
  'kms cancel-key-deletion': 'kms:CancelKeyDeletion',
  'dynamodb restore-table-to-point-in-time': 'dynamodb:RestoreTableToPointInTime',
  'dynamodb restore-table-from-backup': 'dynamodb:RestoreTableFromBackup',
  'dynamodb list-backups': 'dynamodb:ListBackups',
  'dynamodb list-tables': 'dynamodb:ListTables',
  'dynamodb wait': 'dynamodb:DescribeTable',
};

const CLI_OPERATIONS = {
  cloudwatch: ['DescribeAlarms', 'GetMetricData', 'SetAlarmState'],
  dynamodb: ['GetItem', 'PutItem', 'Scan', 'UpdateItem'],
  iam: ['ListRoles', 'ListUsers', 'SimulatePrincipalPolicy'],
  kms: ['DescribeKey'],
  lambda: ['GetFunctionConcurrency', 'GetFunctionConfiguration', 'InvokeFunction'],
  scheduler: ['GetSchedule'],
  secretsmanager: [
    ...['CreateSecret', 'DeleteSecret', 'DescribeSecret', 'GetResourcePolicy', 'GetSecretValue'],
    ...[
      'ListSecrets',
      'ListSecretVersionIds',
      'PutSecretValue',
      'RestoreSecret',
      'TagResource',
      'UpdateSecret',
      'UpdateSecretVersionStage',
    ],
  ],
  sns: ['ListSubscriptionsByTopic'],
  sqs: ['GetQueueAttributes'],
  ssm: ['GetParametersByPath'],
};

/** The IAM actions that `zoho-tokens` uses: those recorded by the operator walk, and those of IAM, which the sandbox lacks. `sts:GetCallerIdentity` needs no permission. */
export const CLI_ACTIONS: readonly string[] = Object.entries(CLI_OPERATIONS).flatMap(
  ([service, operations]) => operations.map((operation) => `${service}:${operation}`),
);

/** The commands of the AWS CLI in README, docs/operating.md and the runbooks that are for operators, e.g. `logs tail`. */
export function documentedCommands(): ReadonlySet<string> {
  const root = new URL('../../', import.meta.url);
  const runbooks = new URL('docs/runbooks/', root);
  const documents = [
    new URL('README.md', root),
    new URL('docs/operating.md', root),
    ...readdirSync(runbooks).map((name) => new URL(name, runbooks)),
  ];
  const texts = documents.map((document) => readFileSync(document, 'utf8'));
  const found = texts.flatMap((text) => [...text.matchAll(/\baws ([a-z0-9]+ [a-z]+(?:-[a-z]+)*)/g)]);
  const commands = found.map(([, command = '']) => command);
  return new Set(commands.filter((command) => !(command in ADMINISTRATOR_COMMANDS)));
}
