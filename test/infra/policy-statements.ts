import type { Template } from 'aws-cdk-lib/assertions';

/** One statement of an IAM policy, with lists where a template may have a single value, and ARNs as readable text. */
export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
}

/** Every statement of every identity-based policy in a template, or of one role if its logical ID starts so. */
export function identityStatements(template: Template, role = ''): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter((policy) =>
    policy.Properties.Roles.some((reference: unknown) => show(reference).startsWith(`<${role}`)),
  );
  return policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement.map(readStatement));
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
    condition: statement.Condition,
  };
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
