import { App, Validations } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { AwsSolutionsChecks } from 'cdk-nag';
import { buildLambda } from './build-lambda.ts';
import { ZohoConnection } from './connection.ts';
import { readSettings } from './settings/context.ts';
import { InvalidSettingsError } from './settings/problems.ts';
import { DEFAULT_STACK_NAME, ZohoTokenRefresherStack } from './stack.ts';

try {
  // At every synth, so that a deployment never contains an earlier version of the code.
  buildLambda();
  const app = new App();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { account, region, stackName, tags, ...settings } = readSettings(app.node);
  const env = { ...(account && { account }), ...(region && { region }) };
  // Its ID is its name: the CDK asks by the ID whether to delete it.
  const stack = new ZohoTokenRefresherStack(app, stackName ?? DEFAULT_STACK_NAME, settings, { env, tags });
  app.synth();
  // On stderr: the command line prints it, also with --quiet.
  console.error(summarize(stack));
} catch (error) {
  if (!(error instanceof InvalidSettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function summarize(stack: ZohoTokenRefresherStack): string {
  const connections = stack.node.findAll().filter((construct) => construct instanceof ZohoConnection);
  const alarms = stack.node.findAll().filter((construct) => construct instanceof CfnAlarm);
  return `${stack.stackName}: declared connections: ${connections.length}, alarms: ${alarms.length}`;
}
