import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { buildLambda } from './build-lambda.ts';
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
  new ZohoTokenRefresherStack(app, stackName ?? DEFAULT_STACK_NAME, settings, { env, tags });
  app.synth();
} catch (error) {
  if (!(error instanceof InvalidSettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
