import type { Template } from 'aws-cdk-lib/assertions';

/** One statement of an IAM policy, with lists where a template may have a single value, and ARNs as readable text. */
export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whom a resource's policy speaks of, in the partition `aws`; empty in an identity's own. */
  readonly principals: readonly string[];
  readonly condition: unknown;
}

/**
 * Every statement of every identity-based policy in a template, or of one role if its logical ID starts so. An expression
 * is matched with the role as text: `<LogicalId>`, or the name of one that is not of this template.
 */
export function identityStatements(template: Template, role: string | RegExp = ''): Statement[] {
  const isOfRole = typeof role === 'string' ? new RegExp(`^<${role}`) : role;
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter((policy) =>
    policy.Properties.Roles.some((reference: unknown) => isOfRole.test(show(reference))),
  );
  return policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement.map(readStatement));
}

/** Every statement of the one key's policy. */
export function keyStatements(template: Template): Statement[] {
  const keys = Object.values(template.findResources('AWS::KMS::Key'));
  return keys.flatMap((key) => key.Properties.KeyPolicy.Statement.map(readStatement));
}

/** Every statement of the policies of secrets, by the secret's logical ID. */
export function secretStatements(template: Template): Record<string, Statement[]> {
  const policies = Object.values(template.findResources('AWS::SecretsManager::ResourcePolicy'));
  return Object.fromEntries(
    policies.map(({ Properties: { SecretId, ResourcePolicy } }) => [
      show(SecretId),
      ResourcePolicy.Statement.map(readStatement),
    ]),
  );
}

/** Intrinsic functions as text: `arn:<AWS::Partition>:…`, `<Table.Arn>/index/due`. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value;
  const intrinsic = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (intrinsic.Ref !== undefined) return `<${intrinsic.Ref}>`;
  if (intrinsic['Fn::GetAtt'] !== undefined) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  if (intrinsic['Fn::Join'] !== undefined)
    return intrinsic['Fn::Join'][1].map(show).join(intrinsic['Fn::Join'][0]);
  return JSON.stringify(value);
}

function readStatement(statement: Record<string, unknown>): Statement {
  return {
    effect: String(statement.Effect),
    actions: asList(statement.Action).map(String),
    resources: asList(statement.Resource).map(show),
    principals: readPrincipals(statement.Principal),
    condition: statement.Condition,
  };
}

function readPrincipals(principal: unknown): string[] {
  const listed = typeof principal === 'object' ? Object.values(principal ?? {}).flatMap(asList) : [principal];
  return listed
    .filter((each) => each !== undefined)
    .map((each) => show(each).replace('<AWS::Partition>', 'aws'));
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
