import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { CONSENT_DOORS } from '../../lambdas/core/invites/consent-door.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import type { RefreshDueResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import type { AlarmStore } from '../aws/alarm-store.ts';
import { startCloudWatch } from '../aws/cloudwatch.ts';
import { type LambdaOptions, startLambdaEndpoint } from '../aws/lambda-endpoint.ts';
import { startScheduler } from '../aws/scheduler.ts';
import { startSqs } from '../aws/sqs.ts';
import { startSsm } from '../aws/ssm.ts';
import { startSts } from '../aws/sts.ts';
import { type LocalConsent, type LocalConsentOptions, startLocalConsent } from '../consent/local-consent.ts';
import { type DeploymentOptions, LocalDeployment } from '../deployment/local-deployment.ts';
import { addMetricLine } from '../deployment/metric-log.ts';
import { routesTo } from '../deployment/zoho-router.ts';
import { Closing } from './closing.ts';
import { deploy, deployConsent, type SandboxAws } from './deploy.ts';
import type { Services } from './destination.ts';
import { environmentFor } from './environment.ts';
import { answerFaults } from './faults-page.ts';
import { openFrontDoor } from './front-door.ts';
import { homePage } from './home-page.ts';
import { InjectedFaults, injectInto, takeAwsFault } from './injected-faults.ts';
import { Schedules } from './schedules.ts';
import { CONSENT_API_FUNCTION_NAME, functionArnOf, REFRESHER_FUNCTION_NAME, TABLE_NAME } from './stack.ts';
import { happen } from './sudden-faults.ts';
import { answerZohoClients } from './zoho-clients.ts';

/** What to serve. */
interface SandboxServerOptions<OwnClock extends Clock>
  extends Pick<DeploymentOptions, 'connections' | 'seed' | 'knobs' | 'onLogLine' | 'onEvent' | 'onMessage'> {
  /** @default 0: any free port */
  readonly port?: number;
  /** The clock of the refresher, AWS and Zoho. */
  readonly clock: OwnClock;
  /** In a fleet: where new connections are stored. @default 'dynamodb' */
  readonly connectedStore?: SecretStoreName;
  /** The pages for invites. @default none */
  readonly consent?: LocalConsentOptions | undefined;
}

/** The deployed system, with AWS and Zoho behind one address on loopback. Ticks only when `tick` is called. */
export interface SandboxServer<OwnClock extends Clock = Clock> {
  /** e.g. `http://127.0.0.1:4610`. */
  readonly origin: string;
  /** For a process that uses the sandbox: AWS's variables, and the address of Zoho's hosts (`…/<host>/<path>`). */
  readonly environment: Readonly<Record<string, string>>;
  /** The refresher, DynamoDB, Secrets Manager and Zoho, to inspect and to inject faults. */
  readonly deployment: LocalDeployment<OwnClock>;
  /** The other AWS services. */
  readonly aws: SandboxAws;
  /** CloudWatch's alarms, at first INSUFFICIENT_DATA. `watchAlarms` evaluates them; tests may set their states. */
  readonly alarms: AlarmStore;
  /** The pages for invites, if they are deployed. */
  readonly consent: LocalConsent | undefined;
  /** The schedules. Nothing runs them but `tick`, or who serves the sandbox. */
  readonly schedules: Schedules;
  /** Runs the event of each schedule, one after the other. Returns the answer about declared connections, unless their schedule is disabled. */
  tick(): Promise<RefreshDueResponse | undefined>;
  /** Stops everything at once and cuts open connections. */
  close(): Promise<void>;
}

/** Starts everything, or nothing: if a start fails, e.g. for a port in use, stops what was started. */
export async function startSandboxServer<OwnClock extends Clock>(
  options: SandboxServerOptions<OwnClock>,
): Promise<SandboxServer<OwnClock>> {
  const closing = new Closing();
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start<OwnClock extends Clock>(
  {
    port = 0,
    clock,
    connectedStore = 'dynamodb',
    consent: consentOptions,
    ...others
  }: SandboxServerOptions<OwnClock>,
  closing: Closing,
): Promise<SandboxServer<OwnClock>> {
  const functions = {
    [REFRESHER_FUNCTION_NAME]: (event: unknown, invokedFunctionArn: string) =>
      deployment.invoke(event, invokedFunctionArn),
    ...(consentOptions && {
      [CONSENT_API_FUNCTION_NAME]: (event: unknown, invokedFunctionArn: string) =>
        consent?.invoke(event, invokedFunctionArn),
    }),
  };
  const standIns = await startSandboxAws({ clock, functions }, closing);
  const deployment = closing.add(
    await LocalDeployment.startOn(clock, {
      ...others,
      tableName: TABLE_NAME,
      onMetricLine: (line) => addMetricLine(standIns.cloudWatch.metrics, line),
    }),
  );

  const { kms } = deployment.aws;
  const aws = { ...standIns, kms };
  const consent =
    consentOptions &&
    closing.add(
      await startLocalConsent({
        ...consentOptions,
        connectedStore,
        deployment,
        endpoints: { kms: kms.endpoint, lambda: standIns.lambda.endpoint },
        functions: {
          refresher: functionArnOf(REFRESHER_FUNCTION_NAME),
          consentApi: functionArnOf(CONSENT_API_FUNCTION_NAME),
        },
        onMetricLine: (line) => addMetricLine(standIns.cloudWatch.metrics, line),
      }),
    );

  const services = servicesOf(deployment, aws);
  const schedules = new Schedules(aws.scheduler, deployment);
  const faults = new InjectedFaults(clock);
  injectInto(deployment.zoho, faults);
  const frontDoor = closing.add(
    await openFrontDoor({
      port,
      services,
      pages: {
        '/': (request, origin) =>
          homePage(request, origin, {
            connections: others.connections,
            environment: environmentFor(origin),
            consentUrl: consent?.url,
            awsServices: Object.keys(services.aws),
          }),
        '/zoho-clients': (request) => answerZohoClients(request, deployment.zoho.registerClient),
        '/faults': (request) =>
          answerFaults(request, { faults, schedules, happen: (fault) => happen(deployment, fault) }),
      },
      faultOf: (service, request) => takeAwsFault(faults, service, request),
    }),
  );
  deploy(aws, deployment, { origin: frontDoor.origin, connectedStore });
  if (consent !== undefined) deployConsent(aws, deployment, consent);

  return {
    origin: frontDoor.origin,
    environment: environmentFor(frontDoor.origin),
    deployment,
    aws,
    alarms: aws.cloudWatch.alarms,
    consent,
    schedules,
    tick: async () => {
      const [ofDeclared, ...shards] = schedules.all;
      const answer = await ofDeclared.run();
      for (const shard of shards) await shard.run();
      return answer;
    },
    close: () => closing.close(),
  };
}

async function startSandboxAws(
  options: { readonly clock: Clock; readonly functions: LambdaOptions['functions'] },
  closing: Closing,
): Promise<Omit<SandboxAws, 'kms'>> {
  const { clock } = options;
  return {
    cloudWatch: closing.add(await startCloudWatch({ clock })),
    lambda: closing.add(
      await startLambdaEndpoint({
        ...options,
        aliases: {
          [REFRESHER_FUNCTION_NAME]: REFRESHER_DOORS,
          [CONSENT_API_FUNCTION_NAME]: CONSENT_DOORS,
        },
      }),
    ),
    scheduler: closing.add(await startScheduler({ clock })),
    sqs: closing.add(await startSqs({ clock })),
    ssm: closing.add(await startSsm({ clock })),
    sts: closing.add(await startSts({ clock })),
  };
}

function servicesOf(deployment: LocalDeployment<Clock>, aws: SandboxAws): Services {
  const { zoho } = deployment;
  return {
    aws: {
      dynamodb: deployment.aws.dynamoDb.endpoint,
      events: deployment.aws.eventBridge.endpoint,
      kms: aws.kms.endpoint,
      lambda: aws.lambda.endpoint,
      monitoring: aws.cloudWatch.endpoint,
      scheduler: aws.scheduler.endpoint,
      secretsmanager: deployment.aws.secretsManager.endpoint,
      sns: deployment.aws.sns.endpoint,
      sqs: aws.sqs.endpoint,
      ssm: aws.ssm.endpoint,
      sts: aws.sts.endpoint,
    },
    zohoAccounts: routesTo(zoho),
    zohoApis: zoho.productOrigins,
  };
}
