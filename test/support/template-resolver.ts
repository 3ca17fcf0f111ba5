/** Where a template is taken to be deployed. */
export const PLACE = { account: '123456789012', region: 'eu-west-1', partition: 'aws' } as const;

/** What the references to a resource become. */
export interface Deployed {
  readonly ref: string;
  readonly arn: string;
}

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': PLACE.account,
  'AWS::Region': PLACE.region,
  'AWS::Partition': PLACE.partition,
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * A part of a template with its intrinsic functions replaced by what they stand for: `Ref`, `Fn::GetAtt` of an ARN, and
 * `Fn::Join`. Any other function is an error.
 */
export function resolve(value: unknown, find: (logicalId: string) => Deployed): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, find));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::')))
    return evaluate(name, argument, find);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each, find)]));
}

function evaluate(name: string, argument: unknown, find: (logicalId: string) => Deployed): string {
  if (name === 'Ref') return PSEUDO_PARAMETERS[String(argument)] ?? find(String(argument)).ref;
  if (name === 'Fn::GetAtt') {
    const [id, attribute] = argument as [string, string];
    if (attribute === 'Arn') return find(id).arn;
  }
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => resolve(part, find)).join(separator);
  }
  throw new Error(`${name} of ${JSON.stringify(argument)} cannot be resolved`);
}
