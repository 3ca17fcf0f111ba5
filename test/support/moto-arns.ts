import { PLACE } from './template-resolver.ts';

const { account, region, partition } = PLACE;

/** ARNs of what is named by its logical ID on moto. Those of secrets come from Secrets Manager. */
const ARNS = {
  'AWS::DynamoDB::Table': (id: string) => `arn:${partition}:dynamodb:${region}:${account}:table/${id}`,
  'AWS::IAM::Role': (id: string) => `arn:${partition}:iam::${account}:role/${id}`,
  'AWS::KMS::Key': (id: string) => `arn:${partition}:kms:${region}:${account}:key/${id}`,
  'AWS::Lambda::Function': (id: string) => `arn:${partition}:lambda:${region}:${account}:function:${id}`,
  'AWS::Logs::LogGroup': (id: string) => `arn:${partition}:logs:${region}:${account}:log-group:${id}:*`,
  'AWS::SNS::Topic': (id: string) => `arn:${partition}:sns:${region}:${account}:${id}`,
  'AWS::SQS::Queue': (id: string) => `arn:${partition}:sqs:${region}:${account}:${id}`,
} as const;

type NamedType = keyof typeof ARNS;

export const NAMED_BY_ID = Object.keys(ARNS) as NamedType[];

export function arnOf(type: NamedType, id: string): string {
  return ARNS[type](id);
}

/** What `Ref` is in a template. */
export function refOf(type: NamedType, id: string): string {
  return type === 'AWS::SNS::Topic' ? arnOf(type, id) : id;
}
