import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from './nag-acknowledgements.ts';

export interface FunctionRoleProps {
  readonly description: string;
  /** The log of the function. */
  readonly logGroup: ILogGroup;
}

/** A role with what every function needs and no more: writing its own log, and traces. */
export function createFunctionRole(scope: Construct, id: string, props: FunctionRoleProps): Role {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: props.description,
  });
  allow(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], [props.logGroup.logGroupArn]);
  allow(role, ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']);
  acknowledgeWildcard(
    role,
    '*',
    'PutTraceSegments and PutTelemetryRecords of X-Ray do not support resources.',
  );
  return role;
}

/** Adds one statement to a role's policy. */
export function allow(
  role: Role,
  actions: string[],
  resources: string[],
  conditions: Record<string, Record<string, string>> = {},
): void {
  role.addToPolicy(new PolicyStatement({ actions, resources, conditions }));
}
