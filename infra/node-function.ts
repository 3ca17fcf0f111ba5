import { fileURLToPath } from 'node:url';
import type { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import {
  type BundlingOptions,
  NodejsFunction,
  type NodejsFunctionProps,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface NodeFunctionProps extends NodejsFunctionProps {
  readonly description: string;
  /** Path of the handler's module from the root of the project. */
  readonly entry: string;
  readonly timeout: Duration;
  readonly role: IRole;
  readonly logGroup: ILogGroup;
}

/** A function of this project, with tracing: one bundled ES module, on the newest Node and arm64. */
export function createNodeFunction(scope: Construct, id: string, props: NodeFunctionProps): NodejsFunction {
  const created = new NodejsFunction(scope, id, {
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 512,
    tracing: Tracing.ACTIVE,
    awsSdkConnectionReuse: false,
    bundling: BUNDLING,
    ...props,
    entry: fromRoot(props.entry),
    depsLockFilePath: fromRoot('package-lock.json'),
  });
  acceptRedundantDependency(created);
  return created;
}

/**
 * Credential providers that the AWS SDK loads on demand with `import()`. In Lambda it never needs them: the first provider,
 * the environment, always has credentials.
 */
const NEVER_LOADED_IN_LAMBDA = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  bundleAwsSDK: true,
  externalModules: NEVER_LOADED_IN_LAMBDA,
  // CommonJS dependencies call require(), which ES modules do not have.
  banner:
    "import{createRequire as zohoCreateRequire}from'node:module';const require=zohoCreateRequire(import.meta.url);",
};

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** The construct library adds a DependsOn for the role although `Role` refers to it already. cfn-lint warns about that. */
function acceptRedundantDependency(created: NodejsFunction): void {
  const resource = created.node.defaultChild as CfnFunction;
  resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
}
