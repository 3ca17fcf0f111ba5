import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { buildLambda } from '../../infra/build-lambda.ts';
import { DEFAULT_STACK_NAME, ZohoTokenRefresherStack } from '../../infra/stack.ts';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import type { AlarmDefinition } from './alarm-definition.ts';
import { readAlarms } from './read-alarms.ts';
import type { SynthesizedTemplate } from './template-values.ts';

/** Listens to the topics for pages and tickets. */
const ON_CALL = ['on-call@example.com'];

/** The alarms as `cdk deploy` would make them. Takes a second or two. */
export function synthesizeAlarms(
  connections: ZohoTokenRefresherProps['connections'] = {},
  fleet: Pick<ZohoTokenRefresherProps, 'fleetShards'> = {},
): AlarmDefinition[] {
  buildLambda();
  const outdir = mkdtempSync(join(tmpdir(), 'zoho-alarms-'));
  const app = new App({
    outdir,
    context: cdkJson.context,
    // `cdk synth` validates the template. Here it would take some seconds and 200 MB that stay.
    builtinCloudFormationValidation: false,
  });
  // Without an email, `cdk synth` warns that no one is notified.
  const settings = { connections, ...fleet, pageEmails: ON_CALL, ticketEmails: ON_CALL };
  const stack = new ZohoTokenRefresherStack(app, DEFAULT_STACK_NAME, settings);
  const template = Template.fromStack(stack).toJSON() as SynthesizedTemplate;
  rmSync(outdir, { recursive: true });
  return readAlarms(template);
}
