import { vi } from 'vitest';
import { addressParameterName, type ConsentParameter } from '../../lambdas/core/deployment-address.ts';
import type { PageAnswer } from '../../lambdas/core/invites/consent-answers.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import { toEnvironment } from '../../lambdas/refresher/config.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import type { LocalConsent } from '../../sandbox/consent/local-consent.ts';
import { fetchThrough } from '../../sandbox/deployment/zoho-router.ts';
import {
  CONSENT_API_FUNCTION_NAME,
  consentAddressOf,
  REFRESHER_FUNCTION_NAME,
} from '../../sandbox/serve/stack.ts';
import { browserOf } from './consent-environment.ts';
import type { OperatorDesk } from './operator-desk.ts';

/**
 * ConsentApi for an operator at a desk whose sandbox has the consent pages. Its answers to callers are noted and can be replaced, and
 * visitors use the links.
 */
export class InvitesDesk {
  /** What callers asked. */
  readonly requests: Record<string, unknown>[] = [];
  /** The answer to the next request of a caller, instead of ConsentApi's. */
  next: (() => unknown) | undefined;
  readonly consent: LocalConsent;
  readonly #desk: OperatorDesk;
  #lambda: LambdaEndpoint | undefined;

  private constructor(desk: OperatorDesk) {
    if (desk.server.consent === undefined) throw new Error('The sandbox has no consent pages.');
    this.#desk = desk;
    this.consent = desk.server.consent;
  }

  /** Serves the functions at an endpoint of their own, for commands with {@link environment}. */
  static async open(desk: OperatorDesk): Promise<InvitesDesk> {
    const invites = new InvitesDesk(desk);
    const lambda = await startLambdaEndpoint({
      clock: desk.clock,
      functions: {
        [REFRESHER_FUNCTION_NAME]: (event, arn) => desk.deployment.invoke(event, arn),
        [CONSENT_API_FUNCTION_NAME]: (event) => invites.answer(event),
      },
      aliases: { [REFRESHER_FUNCTION_NAME]: REFRESHER_DOORS, [CONSENT_API_FUNCTION_NAME]: ['callers'] },
    });
    invites.#lambda = lambda;
    const { config } = desk.deployment;
    lambda.configure(REFRESHER_FUNCTION_NAME, {
      timeoutSeconds: config.functionTimeoutSeconds,
      environment: toEnvironment(config),
    });
    vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', lambda.endpoint);
    return invites;
  }

  async close(): Promise<void> {
    await this.#lambda?.close();
  }

  /** The environment of the command line: the sandbox, but with this endpoint for Lambda. */
  get environment(): Readonly<Record<string, string>> {
    const { ZOHO_SANDBOX_URL: _, ...environment } = this.#desk.server.environment;
    return environment;
  }

  /** Undoes {@link undeploy}. */
  deploy(): void {
    for (const [parameter, value] of this.#address())
      this.#desk.server.aws.ssm.put(addressParameterName('zoho', parameter), value);
  }

  /** As in a deployment without the setting `consent`. */
  undeploy(): void {
    for (const [parameter] of this.#address())
      this.#desk.server.aws.ssm.delete(addressParameterName('zoho', parameter));
  }

  #address() {
    const { dynamoDb } = this.#desk.deployment.aws;
    const address = consentAddressOf(this.consent.url, dynamoDb.consentsTableName);
    return Object.entries(address) as [ConsentParameter, string][];
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
    const { clientId, clientSecret } = this.#desk.client({ redirectUris: [this.consent.redirectUri] });
    this.#desk.deployment.putClient(name, {
      client_id: clientId,
      client_secret: clientSecret,
      data_center: 'eu',
    });
  }

  /** A visitor opens the link a minute later, and accepts or rejects at Zoho: ten codes in ten minutes. Returns the page at the end. */
  async visit(url: string, decision: 'accept' | 'reject' = 'accept'): Promise<PageAnswer> {
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
    return await this.consent.invoke(
      event,
      `arn:aws:lambda:eu-west-1:000000000000:function:${CONSENT_API_FUNCTION_NAME}:${door}`,
    );
  }
}
