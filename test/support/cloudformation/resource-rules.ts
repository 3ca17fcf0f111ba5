/** Where a physical name must be unique. */
export type NameScope = 'region' | 'account';

/**
 * What CloudFormation does with the resource types of the stack. Sources: the resource reference of each type ("Update requires:
 * Replacement", "Return values"), and the services' documents on names.
 */
export interface ResourceRules {
  /** The property that holds the physical name. Without one, or without a value, CloudFormation generates a name. */
  readonly name?: {
    readonly property: string;
    readonly scope: NameScope;
    /** The physical ID, if it is not the value of the property. */
    readonly idOf?: (properties: Readonly<Record<string, unknown>>, region: string) => string;
  };
  /** Properties whose change replaces the resource. */
  readonly createOnly: readonly string[];
  /** While this property is true, the resource cannot be deleted. */
  readonly protection?: string;
}

const inRegion = (property: string) => ({ property, scope: 'region' }) as const;
const inAccount = (property: string) => ({ property, scope: 'account' }) as const;

const RULES: Readonly<Record<string, ResourceRules>> = {
  'AWS::CloudWatch::Alarm': { name: inRegion('AlarmName'), createOnly: ['AlarmName'] },
  'AWS::CloudWatch::CompositeAlarm': { name: inRegion('AlarmName'), createOnly: ['AlarmName'] },
  // "Dashboards in an account must have unique names, including across regions" (PutDashboard).
  'AWS::CloudWatch::Dashboard': { name: inAccount('DashboardName'), createOnly: ['DashboardName'] },
  'AWS::DynamoDB::Table': {
    name: inRegion('TableName'),
    createOnly: ['TableName', 'KeySchema', 'LocalSecondaryIndexes', 'ImportSourceSpecification'],
    protection: 'DeletionProtectionEnabled',
  },
  'AWS::EC2::SecurityGroup': {
    name: inRegion('GroupName'),
    createOnly: ['GroupName', 'GroupDescription', 'VpcId'],
  },
  'AWS::Events::Rule': { name: inRegion('Name'), createOnly: ['Name', 'EventBusName'] },
  'AWS::IAM::Policy': { createOnly: [] },
  'AWS::IAM::Role': { name: inAccount('RoleName'), createOnly: ['RoleName', 'Path'] },
  'AWS::KMS::Alias': { name: inRegion('AliasName'), createOnly: ['AliasName'] },
  'AWS::KMS::Key': { createOnly: ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'] },
  'AWS::Lambda::Alias': {
    name: {
      ...inRegion('Name'),
      idOf: ({ FunctionName, Name }, region) =>
        `arn:aws:lambda:${region}:123456789012:function:${FunctionName}:${Name}`,
    },
    createOnly: ['FunctionName', 'Name'],
  },
  'AWS::Lambda::EventInvokeConfig': {
    name: {
      ...inRegion('Qualifier'),
      idOf: ({ FunctionName, Qualifier }) => `${FunctionName}|${Qualifier}`,
    },
    createOnly: ['FunctionName', 'Qualifier'],
  },
  'AWS::Lambda::Function': { name: inRegion('FunctionName'), createOnly: ['FunctionName', 'PackageType'] },
  'AWS::Lambda::Permission': {
    createOnly: ['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
  },
  'AWS::Logs::LogGroup': { name: inRegion('LogGroupName'), createOnly: ['LogGroupName'] },
  // Its name need not be unique: PutQueryDefinition without an ID creates another one.
  'AWS::Logs::QueryDefinition': { createOnly: [] },
  'AWS::Scheduler::Schedule': { name: inRegion('Name'), createOnly: ['Name'] },
  'AWS::SecretsManager::ResourcePolicy': { createOnly: ['SecretId'] },
  'AWS::SecretsManager::Secret': { name: inRegion('Name'), createOnly: ['Name'] },
  'AWS::SNS::Subscription': { createOnly: ['Endpoint', 'Protocol', 'TopicArn'] },
  'AWS::SNS::Topic': { name: inRegion('TopicName'), createOnly: ['TopicName', 'FifoTopic'] },
  'AWS::SNS::TopicPolicy': { createOnly: [] },
  'AWS::SQS::Queue': { name: inRegion('QueueName'), createOnly: ['QueueName', 'FifoQueue'] },
  'AWS::SQS::QueuePolicy': { createOnly: [] },
  'AWS::SSM::Parameter': { name: inRegion('Name'), createOnly: ['Name'] },
};

/** Throws for a type without rules, so that no new resource goes unchecked. */
export function rulesFor(type: string): ResourceRules {
  const rules = RULES[type];
  if (rules === undefined)
    throw new Error(`The simulated account has no rules for ${type}. Add them from its reference.`);
  return rules;
}
