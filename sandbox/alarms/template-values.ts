/** A template, as `Template.toJSON()` gives it. */
export interface SynthesizedTemplate {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
}

/** A resource of a template. */
interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: unknown;
}

/** Where the template is assumed to be deployed, and the names of its resources there. */
export interface Place {
  /** @default '123456789012' */
  readonly account?: string;
  /** @default 'eu-west-1' */
  readonly region?: string;
  /** @default 'aws' */
  readonly partition?: string;
  /**
   * Names, by logical ID, of the resources that the template does not name.
   * @default the logical ID
   */
  readonly names?: Readonly<Record<string, string>>;
}

interface Naming {
  /** The property that holds the name. */
  readonly property: string;
  /** The values of `Ref` and the attributes of `Fn::GetAtt`. */
  readonly attributes: Readonly<Record<string, 'name' | `arn of ${string}`>>;
}

/** The values of the references in alarms. */
const NAMINGS: Readonly<Record<string, Naming>> = {
  'AWS::ApiGatewayV2::Api': { property: 'ApiId', attributes: { Ref: 'name' } },
  'AWS::CloudWatch::Alarm': {
    property: 'AlarmName',
    attributes: { Ref: 'name', Arn: 'arn of cloudwatch:{place}:alarm:' },
  },
  'AWS::CloudWatch::CompositeAlarm': {
    property: 'AlarmName',
    attributes: { Ref: 'name', Arn: 'arn of cloudwatch:{place}:alarm:' },
  },
  'AWS::Lambda::Function': { property: 'FunctionName', attributes: { Ref: 'name' } },
  'AWS::SNS::Topic': {
    property: 'TopicName',
    attributes: { Ref: 'arn of sns:{place}:', TopicName: 'name', TopicArn: 'arn of sns:{place}:' },
  },
  'AWS::SQS::Queue': { property: 'QueueName', attributes: { QueueName: 'name' } },
};

/**
 * Creates the function that resolves the references of a template: `Ref` and `Fn::GetAtt` of the kinds of
 * resources that alarms refer to, pseudo parameters, and `Fn::Join`. Any other function or reference is an error.
 */
export function createValueResolver(
  { Resources = {} }: SynthesizedTemplate,
  { account = '123456789012', region = 'eu-west-1', partition = 'aws', names = {} }: Place = {},
): (value: unknown) => unknown {
  const pseudoParameters: Readonly<Record<string, string>> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': partition,
  };

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [''];
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) return call(name, argument);
    return Object.fromEntries(entries.map(([key, each]) => [key, resolve(each)]));
  }

  function call(intrinsic: string, given: unknown): unknown {
    if (intrinsic === 'Ref') return pseudoParameters[String(given)] ?? refer(String(given), 'Ref');
    if (intrinsic === 'Fn::GetAtt' && Array.isArray(given) && given.length === 2)
      return refer(String(given[0]), String(given[1]));
    if (intrinsic === 'Fn::Join' && Array.isArray(given) && Array.isArray(given[1]))
      return given[1].map(resolve).join(String(given[0]));
    throw new Error(
      `${intrinsic} of ${JSON.stringify(given)} is not supported; Ref, Fn::GetAtt and Fn::Join are.`,
    );
  }

  function refer(logicalId: string, attribute: string): string {
    const resource = Resources[logicalId];
    if (resource === undefined) throw new Error(`The template has no resource "${logicalId}" to refer to.`);
    const naming = NAMINGS[resource.Type];
    const meaning = naming?.attributes[attribute];
    if (naming === undefined || meaning === undefined)
      throw new Error(`The value of ${attribute} of "${logicalId}" (${resource.Type}) is not known.`);
    const named = resolve(resource.Properties?.[naming.property]);
    const name = typeof named === 'string' ? named : (names[logicalId] ?? logicalId);
    if (meaning === 'name') return name;
    const path = meaning.replace('arn of ', '').replace('{place}', `${region}:${account}`);
    return `arn:${partition}:${path}${name}`;
  }

  return resolve;
}
