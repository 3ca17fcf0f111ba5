import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { type AddressParameter, addressParameterName } from '../../lambdas/core/deployment-address.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { toEnvironment } from '../../lambdas/refresher/config.ts';
import { fleetOf } from '../../lambdas/refresher/fleet-config.ts';
import type { CloudWatchStandIn } from '../aws/cloudwatch.ts';
import type { KmsStandIn } from '../aws/kms.ts';
import type { LambdaEndpoint } from '../aws/lambda-endpoint.ts';
import type { SchedulerStandIn } from '../aws/scheduler.ts';
import type { SqsStandIn } from '../aws/sqs.ts';
import type { SsmStandIn } from '../aws/ssm.ts';
import type { StsStandIn } from '../aws/sts.ts';
import type { LocalConsent } from '../consent/local-consent.ts';
import { type LocalDeployment, TOPICS } from '../deployment/local-deployment.ts';
import {
  addressOf,
  alarmsOf,
  CONSENT_API_FUNCTION_NAME,
  consentAddressOf,
  fleetAddressOf,
  REFRESHER_FUNCTION_NAME,
  UNDELIVERED_QUEUE_NAME,
} from './stack.ts';

/** The AWS services that {@link LocalDeployment} does not have. Each has `faults` and `calls`. */
export interface SandboxAws {
  readonly cloudWatch: CloudWatchStandIn;
  readonly kms: KmsStandIn;
  readonly lambda: LambdaEndpoint;
  readonly scheduler: SchedulerStandIn;
  readonly sqs: SqsStandIn;
  readonly ssm: SsmStandIn;
  readonly sts: StsStandIn;
}

/** Deploys what `cdk deploy` would, except the schedules, and the tables and the secrets, which the deployment has. */
export function deploy(
  aws: SandboxAws,
  { config, aws: { sns } }: LocalDeployment<Clock>,
  { origin, connectedStore }: { readonly origin: string; readonly connectedStore: SecretStoreName },
): void {
  const connections = Object.keys(config.declaredConnections);
  const fleet = fleetOf(config);
  for (const [parameter, value] of Object.entries(addressOf(origin, connections, fleet?.fleetShards)))
    aws.ssm.put(addressParameterName(config.secretPrefix, parameter as AddressParameter), value);
  for (const [parameter, value] of Object.entries(
    fleet === undefined ? {} : fleetAddressOf(fleet, connectedStore),
  ))
    aws.ssm.put(addressParameterName(config.secretPrefix, parameter as AddressParameter), value);
  aws.lambda.configure(REFRESHER_FUNCTION_NAME, {
    timeoutSeconds: config.functionTimeoutSeconds,
    environment: toEnvironment(config),
  });
  aws.sqs.setMessageCount(UNDELIVERED_QUEUE_NAME, 0);
  for (const topic of [TOPICS.page, TOPICS.ticket]) sns.subscriptions.set(topic, ON_CALL);
  for (const alarm of alarmsOf(connections, fleet?.fleetShards)) aws.cloudWatch.alarms.deploy(alarm);
}

/** What the setting `consent` adds. */
export function deployConsent(
  aws: SandboxAws,
  { config: { secretPrefix }, aws: { dynamoDb } }: LocalDeployment<Clock>,
  { url, environment }: LocalConsent,
): void {
  for (const [parameter, value] of Object.entries(consentAddressOf(url, dynamoDb.consentsTableName)))
    aws.ssm.put(addressParameterName(secretPrefix, parameter as AddressParameter), value);
  aws.lambda.configure(CONSENT_API_FUNCTION_NAME, { timeoutSeconds: 60, environment });
}

/** Of the topics for pages and tickets. */
const ON_CALL = [{ protocol: 'email', endpoint: 'on-call@example.com', isConfirmed: true }];
