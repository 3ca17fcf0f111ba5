import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { SweepAnswer } from '../../lambdas/core/invites/consent-answers.ts';
import type { ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { KEY_ARN } from '../aws/embedded-aws.ts';
import { ADMINISTRATOR, FUNCTION } from '../aws/secret-permissions.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import type { Location } from '../zoho/zoho-simulator.ts';
import { type StartConsentFunctions, startInThisProcess } from './consent-functions.ts';
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
  /** Where the functions run. @default in this process */
  readonly startFunctions?: StartConsentFunctions;
}

/** What the pages need of the sandbox. */
export interface LocalConsentParts<OwnClock extends Clock> extends LocalConsentOptions {
  /** In a fleet: where new connections are stored. */
  readonly connectedStore: SecretStoreName;
  readonly deployment: LocalDeployment<OwnClock>;
  readonly endpoints: { readonly kms: string; readonly lambda: string };
  /** ARNs without alias. */
  readonly functions: { readonly refresher: string; readonly consentApi: string };
  readonly onMetricLine: (line: string) => void;
}

/** The pages for invites: an HTTP API and both functions. */
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

/** Starts the HTTP API, and the functions behind it. */
export async function startLocalConsent<OwnClock extends Clock>(
  parts: LocalConsentParts<OwnClock>,
): Promise<LocalConsent> {
  const { deployment, functions, port = 0, timeoutMs, startFunctions = startInThisProcess } = parts;
  const invokeDoor = (door: ConsentDoor, event: unknown) => invoke(event, `${functions.consentApi}:${door}`);
  const http = await startHttpApi({
    port,
    clock: deployment.clock,
    callerOf,
    redirectTo: (location) => throughSandbox(location, deployment),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    routes: routesOf({
      pages: (event) => running.pages(event),
      signed: (event) => invokeDoor('http', event),
    }),
  });
  const environment = environmentOf(parts, http.url);
  const running = await startFunctions({
    environments: { consentApi: environment, pages: pagesEnvironmentOf(parts, environment) },
    deployment,
    endpoints: parts.endpoints,
    zoho: { ...deployment.routes, ...apiRoutesOf(deployment) },
    onMetricLine: parts.onMetricLine,
  }).catch(async (error: unknown) => {
    await http.close();
    throw error;
  });

  async function invoke(event: unknown, invokedFunctionArn: string): Promise<unknown> {
    return await running.consentApi(event, invokedFunctionArn);
  }

  return {
    url: http.url,
    redirectUri: `${http.url}/callback`,
    environment,
    invoke,
    sweep: async () => (await invokeDoor('schedule', { action: 'sweep' })) as SweepAnswer,
    close: async () => {
      await http.close();
      await running.close();
    },
  };
}

/** As the stack sets it. */
function environmentOf<OwnClock extends Clock>(
  parts: LocalConsentParts<OwnClock>,
  url: string,
): Record<string, string> {
  const { deployment, functions, displayName, returnUrls, confirm, eventEmail } = parts;
  return {
    CONNECTIONS_TABLE: deployment.aws.tableName,
    CONSENTS_TABLE: deployment.aws.dynamoDb.consentsTableName,
    SECRET_PREFIX: deployment.config.secretPrefix,
    KEY_ARN,
    ...fleetEnvironmentOf(deployment.config, parts.connectedStore),
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

function fleetEnvironmentOf(
  { credentialsTableName }: RefresherConfig,
  connectedStore: SecretStoreName,
): Record<string, string> {
  return credentialsTableName === undefined
    ? {}
    : { CREDENTIALS_TABLE: credentialsTableName, CONNECTED_STORE: connectedStore };
}

function pagesEnvironmentOf<OwnClock extends Clock>(
  { functions }: LocalConsentParts<OwnClock>,
  { DISPLAY_NAME = '', BASE_URL = '' }: Record<string, string>,
): Record<string, string> {
  return { CONSENT_API: `${functions.consentApi}:pages`, DISPLAY_NAME, BASE_URL };
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
