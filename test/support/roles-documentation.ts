import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { identityStatements, type Statement } from '../infra/policy-statements.ts';
import { createStack } from '../infra/synthesize.ts';
import { conditionHolds, describeCondition, matchesPattern, type RequestContext } from './iam-conditions.ts';
import { readOperatorPolicy } from './operator-policy.ts';

/** The names of roles as the tables show them, in their order. The last two exist with the setting `consent`. */
export const ROLES = ['refresher', 'schedule', 'consumer', 'operator', 'ConsentPages', 'ConsentApi'] as const;
type Role = (typeof ROLES)[number];

/** What every role may do. ARNs have the capitalized placeholders of docs/operator-policy.json. */
export function readRoles(
  props: Parameters<typeof createStack>[0] = {},
): Readonly<Record<Role, Statement[]>> {
  const stack = createStack({
    alarmEmails: ['on-call@example.com'],
    connections: { 'crm-prod': DECLARED, 'desk-us': DECLARED },
    consent: { displayName: 'Acme CRM' },
    ...props,
  });
  stack.zoho.connection('crm-prod').attachTo(functionIn(stack, 'Consumer'));
  const statementsOf = statementsIn(Template.fromStack(stack));
  return {
    refresher: statementsOf('ZohoRefresherRole'),
    schedule: statementsOf('ZohoScheduleRole'),
    consumer: statementsOf('Consumer'),
    operator: operatorStatements(),
    ConsentPages: statementsOf('ZohoConsentPagesRole'),
    ConsentApi: statementsOf('ZohoConsentApiRole'),
  };
}

/** A function of the user, with a role of its own. */
export function functionIn(stack: Stack, id: string): LambdaFunction {
  return new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = () => {};'),
  });
}

/** Reads the statements of a role of a template by its logical ID, with capitalized placeholders in ARNs. */
export function statementsIn(template: Template): (role: string) => Statement[] {
  const arns = arnsOf(template);
  return (role) =>
    identityStatements(template, role).map((statement) => ({
      ...statement,
      resources: statement.resources.map((resource) => withPlaceholders(resource, arns)),
    }));
}

const DECLARED = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;

/** Without the statements that are for single occasions, such as a move to another prefix. */
export function operatorStatements({ Statement } = readOperatorPolicy()): Statement[] {
  return Statement.filter(({ Sid }) => !Sid.startsWith('OnlyTo')).map(({ Action, Resource, Condition }) => ({
    effect: 'Allow',
    actions: Action,
    resources: [Resource],
    principals: [],
    condition: Condition,
  }));
}

const HERE = 'arn:PARTITION:SERVICE:REGION:ACCOUNT:';

/** Of each resource of the template that a policy may name: what its logical ID stands for. */
function arnsOf(template: Template): ReadonlyMap<string, string> {
  const names: Readonly<Record<string, (id: string, properties: Record<string, unknown>) => string>> = {
    'AWS::DynamoDB::Table': (id) => `${arnIn('dynamodb')}table/${tableWord(id)}`,
    'AWS::KMS::Key': () => 'KEY_ARN',
    'AWS::Lambda::Alias': (id, { Name }) =>
      `${arnIn('lambda')}function:${id.includes('Consent') ? 'CONSENT_API' : 'FUNCTION'}:${Name}`,
    'AWS::Lambda::Function': () => `${arnIn('lambda')}function:FUNCTION`,
    'AWS::Logs::LogGroup': (id) =>
      `${arnIn('logs')}log-group:${/ConsentPages|ConsentApi/.exec(id)?.[0].replace('Consent', 'CONSENT_').toUpperCase() ?? 'LOG_GROUP'}`,
    'AWS::SNS::Topic': (id) => `${/Page|Ticket|Alarm/.exec(id)?.[0].toUpperCase()}_TOPIC_ARN`,
    'AWS::SQS::Queue': () => `${arnIn('sqs')}QUEUE`,
    'AWS::SecretsManager::Secret': (_, { Name }) => `${arnIn('secretsmanager')}secret:${Name}-??????`,
  };
  return new Map(
    Object.entries(names).flatMap(([type, nameOf]) =>
      Object.entries(template.findResources(type)).map(
        ([id, { Properties }]) => [id, nameOf(id, Properties)] as const,
      ),
    ),
  );
}

function tableWord(id: string): string {
  const kind = /Consents|Tokens|Credentials/.exec(id)?.[0].toUpperCase();
  if (kind === undefined) return 'TABLE';
  return kind === 'CONSENTS' ? kind : `${kind}_TABLE`;
}

function arnIn(service: string): string {
  return HERE.replace('SERVICE', service);
}

function withPlaceholders(resource: string, arns: ReadonlyMap<string, string>): string {
  return resource
    .replaceAll('<AWS::Partition>', 'PARTITION')
    .replaceAll('<AWS::Region>', 'REGION')
    .replaceAll('<AWS::AccountId>', 'ACCOUNT')
    .replace(/<(\w+)(?:\.Arn)?>/g, (found, id: string) => arns.get(id) ?? found)
    .replace(':secret:zoho/', ':secret:PREFIX/');
}

/** Whether one of the statements allows an action on a resource, of a request with this context. */
export function allows(
  statements: readonly Statement[],
  action: string,
  resource: string,
  context: RequestContext = {},
): boolean {
  return statements.some(
    ({ actions, resources, condition }) =>
      actions.includes(action) &&
      resources.some((pattern) => matchesPattern(pattern, resource)) &&
      conditionHolds(condition, context),
  );
}

/** The rows of a role's statements: what it may do, on what, and under which condition. */
export function statementRows(role: string, statements: readonly Statement[]): string[] {
  return statements.map(({ actions, resources, condition }) => {
    const on = resources.map(
      (resource) => `\`${resource.replace(/^arn:PARTITION:\w+:REGION:ACCOUNT:/, '')}\``,
    );
    const only = describeCondition(condition, nameOfValue);
    return `| ${role} | ${actions.map((action) => `\`${action}\``).join('<br>')} | ${on.join('<br>')} | ${only.join('<br>')} |`;
  });
}

function nameOfValue(value: string): string | undefined {
  if (value.startsWith('<ZohoConnection')) return 'that secret';
  return value.startsWith('secretsmanager.') ? 'Secrets Manager' : undefined;
}
