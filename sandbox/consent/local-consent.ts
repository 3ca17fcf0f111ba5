import { randomBytes } from 'node:crypto';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { nodeEntropy } from '../../lambdas/consent-api/adapters/node-entropy.ts';
import { createConsentAwsClients } from '../../lambdas/consent-api/aws-clients.ts';
import { composeConsentApi } from '../../lambdas/consent-api/compose-consent-api.ts';
import { parseConsentConfig } from '../../lambdas/consent-api/config.ts';
import { createConsentApi } from '../../lambdas/consent-pages/consent-api.ts';
import { createPagesHandler } from '../../lambdas/consent-pages/create-pages-handler.ts';
import type { SweepAnswer } from '../../lambdas/core/invites/consent-answers.ts';
import type { ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { type AwsClientConfig, clientConfigFor } from '../aws/client-config.ts';
import { ADMINISTRATOR, FUNCTION } from '../aws/secret-permissions.ts';
import { lambdaContext } from '../deployment/lambda-context.ts';
import { KEY_ARN, type LocalDeployment } from '../deployment/local-deployment.ts';
import { fetchThrough } from '../deployment/zoho-router.ts';
import type { Location } from '../zoho/zoho-simulator.ts';
import { startHttpApi } from './http-api.ts';
import type { IamCaller } from './http-event.ts';
import { routesOf } from './routes.ts';

/** What the setting `consent` says, as far as the sandbox needs it. */
export interface LocalConsentOptions {
  /** Of the pages. @default 0: any free port */
  readonly port?: number;
  /** @default 'Acme CRM' */
  readonly displayName?: string;
  /** @default any page of this machine at port 3000 */
  readonly returnUrls?: readonly string[];
  /** @default 'mismatch' */
  readonly confirm?: 'never' | 'mismatch' | 'always';
  /** @default false */
  readonly eventEmail?: boolean;
  /** API Gateway waits so long for a function. @default 30000 */
  readonly timeoutMs?: number;
}

/** What the pages need of the sandbox. */
export interface LocalConsentParts<OwnClock extends Clock> extends LocalConsentOptions {
  readonly deployment: LocalDeployment<OwnClock>;
  readonly endpoints: { readonly kms: string; readonly lambda: string };
  /** ARNs without alias. */
  readonly functions: { readonly refresher: string; readonly consentApi: string };
  readonly onMetricLine: (line: string) => void;
}

/** The pages for invites: an HTTP API and both functions, in this process. */
export interface LocalConsent {
  /** Such as `http://localhost:4611`. */
  readonly url: string;
  /** To register at Zoho. */
  readonly redirectUri: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What Lambda does for a caller who invoked this ARN of ConsentApi. */
  invoke(event: unknown, invokedFunctionArn: string): Promise<unknown>;
  /** The event of the schedule, through its alias. */
  sweep(): Promise<SweepAnswer>;
  close(): Promise<void>;
}

/** Starts the pages. Their functions reach the sandbox as in AWS: with the real SDK, over HTTP. */
export async function startLocalConsent<OwnClock extends Clock>(
  parts: LocalConsentParts<OwnClock>,
): Promise<LocalConsent> {
  const { deployment, functions, port = 0, timeoutMs } = parts;
  const aws = createConsentAwsClients(clientConfigs(parts));
  const pagesLambda = new LambdaClient(patient(clientConfigFor(parts.endpoints.lambda, FUNCTION)));
  const invokeDoor = (door: ConsentDoor, event: unknown) => invoke(event, `${functions.consentApi}:${door}`);
  const http = await startHttpApi({
    port,
    clock: deployment.clock,
    callerOf,
    redirectTo: (location) => throughSandbox(location, deployment),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    routes: routesOf({ pages: (event) => pages(event), signed: (event) => invokeDoor('http', event) }),
  });
  const environment = environmentOf(parts, http.url);
  const consentApi = composeConsentApi({
    config: parseConsentConfig(environment),
    clock: deployment.clock,
    entropy: nodeEntropy,
    aws,
    fetch: fetchThrough({ ...deployment.routes, ...apiRoutesOf(deployment) }),
    logger: deployment.log,
    writeMetricLine: parts.onMetricLine,
  });
  const pages = createPagesHandler({
    consentApi: createConsentApi(pagesLambda, `${functions.consentApi}:pages`, (problem) =>
      deployment.log.error('ConsentApi is unavailable', { ...problem }),
    ),
    brand: { displayName: environment.DISPLAY_NAME ?? '', host: new URL(http.url).host, logo: undefined },
    newBrowser: () => randomBytes(32).toString('base64url'),
    report: () => undefined,
  });

  async function invoke(event: unknown, invokedFunctionArn: string): Promise<unknown> {
    return await consentApi(event, { ...lambdaContext(), invokedFunctionArn });
  }

  return {
    url: http.url,
    redirectUri: `${http.url}/callback`,
    environment,
    invoke,
    sweep: async () => (await invokeDoor('schedule', { action: 'sweep' })) as SweepAnswer,
    close: async () => {
      await http.close();
      for (const client of [...Object.values(aws), pagesLambda]) client.destroy();
    },
  };
}

/** As the stack sets it. */
function environmentOf<OwnClock extends Clock>(
  { deployment, functions, displayName, returnUrls, confirm, eventEmail }: LocalConsentParts<OwnClock>,
  url: string,
): Record<string, string> {
  return {
    CONNECTIONS_TABLE: deployment.aws.tableName,
    CONSENTS_TABLE: deployment.aws.dynamoDb.consentsTableName,
    SECRET_PREFIX: deployment.config.secretPrefix,
    KEY_ARN,
    REFRESHER_TARGET: `${functions.refresher}:operators`,
    BASE_URL: url,
    DISPLAY_NAME: displayName ?? 'Acme CRM',
    RETURN_URLS: JSON.stringify(returnUrls ?? ['http://localhost:3000/', 'http://127.0.0.1:3000/']),
    INVITE_HOURS: '72',
    CONFIRM: confirm ?? 'mismatch',
    EVENTS: 'true',
    EVENT_EMAIL: String(eventEmail ?? false),
    STACK_TAGS: '{}',
  };
}

function clientConfigs<OwnClock extends Clock>({
  deployment: { aws },
  endpoints,
}: LocalConsentParts<OwnClock>) {
  return {
    dynamoDb: patient(aws.functionConfig('dynamodb')),
    secretsManager: patient(aws.functionConfig('secretsmanager')),
    eventBridge: patient(aws.functionConfig('events')),
    kms: patient(clientConfigFor(endpoints.kms, FUNCTION)),
    lambda: patient(clientConfigFor(endpoints.lambda, FUNCTION)),
  };
}

/** Timeouts count real seconds, which have no relation to simulated time. */
function patient(config: AwsClientConfig) {
  return { ...config, requestHandler: { connectionTimeout: 0, requestTimeout: 0 } };
}

/** The sandbox knows two access keys. Both may call. */
function callerOf(accessKey: string): IamCaller | undefined {
  const accountId = '000000000000';
  if (accessKey === ADMINISTRATOR)
    return { accessKey, accountId, userArn: `arn:aws:iam::${accountId}:user/sandbox` };
  if (accessKey !== FUNCTION) return undefined;
  return { accessKey, accountId, userArn: `arn:aws:sts::${accountId}:assumed-role/function/sandbox` };
}

/** Browsers do not know the simulator: a redirect to Zoho leads to it. */
function throughSandbox<OwnClock extends Clock>(
  location: string,
  { routes }: LocalDeployment<OwnClock>,
): string {
  const { host, pathname, search } = new URL(location);
  const origin = routes[host];
  return origin === undefined ? location : `${origin}${pathname}${search}`;
}

/** Zoho's API hosts, for the question who consented. */
function apiRoutesOf<OwnClock extends Clock>({ zoho }: LocalDeployment<OwnClock>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(zoho.apiHosts).map(([location, host]) => [host, zoho.origins[location as Location]]),
  );
}
