import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, type CfnFunction, type IFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { refresherEnvironment } from './refresher-environment.ts';
import { createRefresherRole } from './refresher-role.ts';
import type { Settings } from './settings.ts';

export interface RefresherFunctionProps {
  readonly settings: Settings;
  readonly table: Table;
  readonly encryptionKey: IKey;
}

/** The function that keeps the tokens valid, with its role and its log. */
export function createRefresherFunction(
  scope: Construct,
  id: string,
  props: RefresherFunctionProps,
): NodejsFunction {
  const { settings, table, encryptionKey } = props;
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: settings.logRetentionDays,
    // Nothing in it outlives the stack; a retained group would stay for ever, empty after its retention.
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const { secretPrefix } = settings;
  const refresher = new NodejsFunction(scope, id, {
    description: 'Keeps one valid Zoho access token per connection in Secrets Manager',
    entry: fromRoot('lambdas/refresher/handler.ts'),
    depsLockFilePath: fromRoot('package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 512,
    timeout: Duration.seconds(settings.functionTimeoutSeconds),
    tracing: Tracing.ACTIVE,
    role: createRefresherRole(scope, `${id}Role`, { secretPrefix, table, encryptionKey, logGroup }),
    logGroup,
    environment: refresherEnvironment(settings, table.tableName),
    awsSdkConnectionReuse: false,
    // The next tick comes in a minute and finds the same work: nothing is gained by repeating this one.
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
    bundling: BUNDLING,
  });
  acceptRedundantDependency(refresher);
  return refresher;
}

/** Lets a consumer ask for a refresh: invoke the function, no version or alias of it, and nothing else. */
export function grantRequestRefresh(refresher: IFunction, grantee: IGrantable): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['lambda:InvokeFunction'],
    resourceArns: [refresher.functionArn],
  });
}

/**
 * Sources of credentials that the AWS SDK loads with `import()` when it comes to them. In Lambda it never does: the
 * first in its chain, the environment, always has them.
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
  // CommonJS dependencies call require(), which an ES module does not have.
  banner:
    "import{createRequire as zohoCreateRequire}from'node:module';const require=zohoCreateRequire(import.meta.url);",
};

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** The construct library lists the role among the function's dependencies though `Role` refers to it; cfn-lint minds. */
function acceptRedundantDependency(refresher: NodejsFunction): void {
  const resource = refresher.node.defaultChild as CfnFunction;
  resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
}
