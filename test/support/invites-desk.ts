import { vi } from 'vitest';
import { nodeEntropy } from '../../lambdas/consent-api/adapters/node-entropy.ts';
import { createConsentAwsClients } from '../../lambdas/consent-api/aws-clients.ts';
import { composeConsentApi } from '../../lambdas/consent-api/compose-consent-api.ts';
import { parseConsentConfig } from '../../lambdas/consent-api/config.ts';
import type { ConsentHandler } from '../../lambdas/consent-api/create-handler.ts';
import { addressParameterName, CONSENT_PARAMETERS } from '../../lambdas/core/deployment-address.ts';
import type { PageAnswer } from '../../lambdas/core/invites/consent-answers.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import { toEnvironment } from '../../lambdas/refresher/config.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { fetchThrough } from '../../sandbox/deployment/zoho-router.ts';
import { REFRESHER_FUNCTION_NAME } from '../../sandbox/serve/stack.ts';
import { apiRoutes, BASE_URL, browserOf, environmentOf } from './consent-environment.ts';
import type { OperatorDesk } from './operator-desk.ts';

const CONSENT_API = 'ZohoTokenRefresher-ConsentApi';
const functionArn = (name: string, alias: string) =>
  `arn:aws:lambda:eu-west-1:000000000000:function:${name}:${alias}`;

/** ConsentApi for an operator at a desk: behind Lambda's API, with visitors who use the links. */
export class InvitesDesk {
  /** What callers asked. */
  readonly requests: Record<string, unknown>[] = [];
  /** The answer to the next request of a caller, instead of ConsentApi's. */
  next: (() => unknown) | undefined;
  readonly #desk: OperatorDesk;
  readonly #lambda: LambdaEndpoint;
  readonly #handler: ConsentHandler;
  readonly #close: () => void;

  private constructor(desk: OperatorDesk, lambda: LambdaEndpoint) {
    this.#desk = desk;
    this.#lambda = lambda;
    const { deployment, server } = desk;
    const { functionConfig } = deployment.aws;
    const aws = createConsentAwsClients({
      dynamoDb: functionConfig('dynamodb'),
      secretsManager: functionConfig('secretsmanager'),
      eventBridge: functionConfig('events'),
      kms: clientConfigFor(server.aws.kms.endpoint),
      lambda: clientConfigFor(lambda.endpoint),
    });
    this.#handler = composeConsentApi({
      config: parseConsentConfig({
        ...environmentOf(deployment),
        REFRESHER_TARGET: functionArn(REFRESHER_FUNCTION_NAME, 'operators'),
      }),
      clock: desk.clock,
      entropy: nodeEntropy,
      aws,
      fetch: fetchThrough({ ...deployment.routes, ...apiRoutes(deployment) }),
      logger: deployment.log,
      writeMetricLine: () => {},
    });
    this.#close = () => {
      for (const client of Object.values(aws)) client.destroy();
    };
  }

  /** Serves it beside the refresher, and writes the parameters of the address. */
  static async open(desk: OperatorDesk): Promise<InvitesDesk> {
    let invites: InvitesDesk | undefined;
    const lambda = await startLambdaEndpoint({
      clock: desk.clock,
      functions: {
        [REFRESHER_FUNCTION_NAME]: (event, arn) => desk.deployment.invoke(event, arn),
        [CONSENT_API]: (event) => invites?.answer(event),
      },
      aliases: { [REFRESHER_FUNCTION_NAME]: REFRESHER_DOORS, [CONSENT_API]: ['callers'] },
    });
    const { config } = desk.deployment;
    lambda.configure(REFRESHER_FUNCTION_NAME, {
      timeoutSeconds: config.functionTimeoutSeconds,
      environment: toEnvironment(config),
    });
    vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', lambda.endpoint);
    invites = new InvitesDesk(desk, lambda);
    invites.deploy();
    return invites;
  }

  async close(): Promise<void> {
    this.#close();
    await this.#lambda.close();
  }

  /** The environment of the command line: the sandbox, but with this endpoint for Lambda. */
  get environment(): Readonly<Record<string, string>> {
    const { ZOHO_SANDBOX_URL: _, ...environment } = this.#desk.server.environment;
    return environment;
  }

  deploy(): void {
    const values = [functionArn(CONSENT_API, 'callers'), BASE_URL, 'Consents'];
    for (const [at, parameter] of CONSENT_PARAMETERS.entries())
      this.#desk.server.aws.ssm.put(addressParameterName('zoho', parameter), values[at] ?? '');
  }

  /** As in a deployment without the setting `consent`. */
  undeploy(): void {
    for (const parameter of CONSENT_PARAMETERS)
      this.#desk.server.aws.ssm.delete(addressParameterName('zoho', parameter));
  }

  /** ConsentApi's answer to a caller. */
  async answer(event: unknown): Promise<unknown> {
    this.requests.push(event as Record<string, unknown>);
    const instead = this.next;
    this.next = undefined;
    return instead === undefined ? await this.#invoke('callers', event) : await instead();
  }

  /** A shared client that is registered at Zoho with the redirect URI of the consent pages. */
  addClient(name: string): void {
    const { clientId, clientSecret } = this.#desk.client({ redirectUris: [`${BASE_URL}/callback`] });
    this.#desk.deployment.putClient(name, {
      client_id: clientId,
      client_secret: clientSecret,
      data_center: 'eu',
    });
  }

  /** A visitor opens the link a minute later, and accepts or rejects at Zoho: ten codes in ten minutes. Returns the page at the end. */
  async consent(url: string, decision: 'accept' | 'reject' = 'accept'): Promise<PageAnswer> {
    this.#desk.clock.advance(60_000);
    const token = url.split('/i/')[1] ?? '';
    const browser = browserOf('one');
    const begun = (await this.#invoke('pages', { action: 'begin', token, browser })) as PageAnswer;
    if (begun.kind !== 'redirect') throw new Error(`begin answered ${begun.kind}`);
    this.#desk.clock.advance(5_000);
    const decided = await fetchThrough(this.#desk.deployment.routes)(begun.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ decision }),
    });
    const query = new URL(decided.headers.get('location') ?? '').search.slice(1);
    return (await this.#invoke('pages', { action: 'callback', query, browser })) as PageAnswer;
  }

  async #invoke(door: 'callers' | 'pages', event: unknown): Promise<unknown> {
    const invokedFunctionArn = functionArn(CONSENT_API, door);
    return await this.#handler(event, { ...lambdaContext(), invokedFunctionArn });
  }
}
