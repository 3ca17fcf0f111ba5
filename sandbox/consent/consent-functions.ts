import { randomBytes } from 'node:crypto';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { nodeEntropy } from '../../lambdas/consent-api/adapters/node-entropy.ts';
import { createConsentAwsClients } from '../../lambdas/consent-api/aws-clients.ts';
import { composeConsentApi } from '../../lambdas/consent-api/compose-consent-api.ts';
import { parseConsentConfig } from '../../lambdas/consent-api/config.ts';
import { createConsentApi } from '../../lambdas/consent-pages/consent-api.ts';
import { createPagesHandler } from '../../lambdas/consent-pages/create-pages-handler.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { type AwsClientConfig, clientConfigFor } from '../aws/client-config.ts';
import { FUNCTION } from '../aws/secret-permissions.ts';
import { lambdaContext } from '../deployment/lambda-context.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import { fetchThrough, type Routes } from '../deployment/zoho-router.ts';

/** Both functions of the invites, wherever they run. */
export interface ConsentFunctions {
  readonly consentApi: (event: unknown, invokedFunctionArn: string) => Promise<unknown>;
  readonly pages: (event: unknown) => Promise<unknown>;
  close(): Promise<void>;
}

/** What the functions find around them. */
export interface ConsentSurroundings {
  /** Their variables, as the stack sets them. */
  readonly environments: {
    readonly consentApi: Readonly<Record<string, string>>;
    readonly pages: Readonly<Record<string, string>>;
  };
  readonly deployment: LocalDeployment<Clock>;
  readonly endpoints: { readonly kms: string; readonly lambda: string };
  /** To Zoho's accounts servers and APIs. */
  readonly zoho: Routes;
  readonly onMetricLine: (line: string) => void;
}

export type StartConsentFunctions = (surroundings: ConsentSurroundings) => Promise<ConsentFunctions>;

/** Composes both functions in this process. They reach the sandbox as in AWS: with the real SDK, over HTTP. */
export const startInThisProcess: StartConsentFunctions = (surroundings) => {
  const { environments, deployment, endpoints, zoho, onMetricLine } = surroundings;
  const aws = createConsentAwsClients(clientConfigs(surroundings));
  const pagesLambda = new LambdaClient(patient(clientConfigFor(endpoints.lambda, FUNCTION)));
  const consentApi = composeConsentApi({
    config: parseConsentConfig(environments.consentApi),
    clock: deployment.clock,
    entropy: nodeEntropy,
    aws,
    fetch: fetchThrough(zoho),
    logger: deployment.log,
    writeMetricLine: onMetricLine,
  });
  const { CONSENT_API = '', DISPLAY_NAME = '', BASE_URL = '' } = environments.pages;
  const pages = createPagesHandler({
    consentApi: createConsentApi(pagesLambda, CONSENT_API, (problem) =>
      deployment.log.error('ConsentApi is unavailable', { ...problem }),
    ),
    brand: { displayName: DISPLAY_NAME, host: new URL(BASE_URL).host, logo: undefined },
    newBrowser: () => randomBytes(32).toString('base64url'),
    report: () => undefined,
  });
  return Promise.resolve({
    consentApi: (event, invokedFunctionArn) => consentApi(event, { ...lambdaContext(), invokedFunctionArn }),
    pages,
    close: () => {
      for (const client of [...Object.values(aws), pagesLambda]) client.destroy();
      return Promise.resolve();
    },
  });
};

function clientConfigs({ deployment: { aws }, endpoints }: ConsentSurroundings) {
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
