import type { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  type FunctionOptions,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { lambdaCode } from './lambda-code.ts';
import type { LambdaName } from './lambda-folder.ts';

export interface NodeFunctionProps extends FunctionOptions {
  readonly description: string;
  /** Which bundle it runs. */
  readonly code: LambdaName;
  readonly timeout: Duration;
  readonly role: IRole;
  readonly logGroup: ILogGroup;
}

/** A function of this project, with tracing: one bundled ES module, on the newest Node and arm64. */
export function createNodeFunction(scope: Construct, id: string, props: NodeFunctionProps): LambdaFunction {
  const created = new LambdaFunction(scope, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    architecture: Architecture.ARM_64,
    memorySize: 512,
    tracing: Tracing.ACTIVE,
    ...props,
    code: lambdaCode(props.code),
  });
  acceptRedundantDependency(created);
  return created;
}

/** The construct library adds a DependsOn for the role although `Role` refers to it already. cfn-lint warns about that. */
function acceptRedundantDependency(created: LambdaFunction): void {
  const resource = created.node.defaultChild as CfnFunction;
  resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
}
