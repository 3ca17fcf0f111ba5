import { Readable } from 'node:stream';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import {
  createZohoClient,
  type ZohoClient,
  ZohoClientError,
  type ZohoClientOptions,
} from '../../lambdas/client/index.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { LocalDeployment, PublishedDocument } from '../../sandbox/deployment/local-deployment.ts';
import { fetchThrough } from '../../sandbox/deployment/zoho-router.ts';
import type { Canary } from './canary.ts';
import type { CanaryRecorder } from './recorder.ts';

export interface CanaryConsumerParts {
  readonly deployment: LocalDeployment;
  readonly canary: Canary;
  readonly recorder: CanaryRecorder;
  /** Where the refresher can be invoked. */
  readonly lambdaEndpoint: string;
}

/** A consumer of a connection whose token is a canary. Records everything that the client outputs. */
export class CanaryConsumer {
  readonly connection: string;
  /** Codes of errors that occurred. */
  readonly reached = new Set<string>();
  readonly #parts: CanaryConsumerParts;
  #token = '';

  constructor(connection: string, parts: CanaryConsumerParts) {
    this.connection = connection;
    this.#parts = parts;
  }

  get deployment(): LocalDeployment {
    return this.#parts.deployment;
  }

  get tokenSecret(): string {
    return `zoho/${this.connection}/access-token`;
  }

  /** The token that `publish` published. */
  get token(): string {
    return this.#token;
  }

  /** Watches for tokens that a refresher has published since. */
  watchForNewTokens(): void {
    for (const { value } of this.deployment.aws.secretsManager.store
      .find(this.tokenSecret)
      ?.versions.values() ?? []) {
      const [, token] = (value.kind === 'string' && /"access_token":"(1000[^"\\]+)"/.exec(value.text)) || [];
      if (token !== undefined) this.#parts.canary.watchFor('access token', token);
    }
  }

  /** Publishes a token as a refresher would, with generation 0 and any changes. */
  publish(token: string, changes: Partial<Record<keyof PublishedDocument, unknown>> = {}): void {
    this.#token = token;
    this.#parts.canary.watchFor('access token', token);
    this.publishText(this.document(changes));
  }

  /** The text of a token secret, as a refresher writes it, with any changes. */
  document(changes: Record<string, unknown>): string {
    const nowMs = this.deployment.clock.now();
    const inMinutes = (minutes: number) => new Date(nowMs + minutes * 60_000).toISOString();
    const document = {
      access_token: this.#token,
      token_type: 'Zoho-oauthtoken',
      api_domain: 'https://www.zohoapis.eu',
      data_center: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      connection: this.connection,
      generation: 0,
      issued_at: inMinutes(-1),
      expires_at: inMinutes(60),
      refresh_after: inMinutes(53),
    };
    return JSON.stringify({ ...document, ...changes });
  }

  publishText(text: string): void {
    this.deployment.aws.secretsManager.store.put(this.tokenSecret, { value: secretText(text) });
  }

  /** A client of this consumer. */
  connect(options: Partial<ZohoClientOptions> = {}): ZohoClient {
    return createZohoClient({
      ...this.options(options.fetch),
      ...options,
      fetch: this.#recordCalls(options.fetch),
    });
  }

  options(fetch?: typeof globalThis.fetch): ZohoClientOptions {
    const { clock } = this.deployment;
    return {
      connection: this.connection,
      refresherFunctionName: 'refresher',
      metrics: 'off',
      secretsManagerClient: this.secretsManager(),
      lambdaClient: new LambdaClient({ ...clientConfigFor(this.#parts.lambdaEndpoint), maxAttempts: 1 }),
      fetch: this.#recordCalls(fetch),
      clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
    };
  }

  secretsManager(changes: Partial<SecretsManagerClientConfig> = {}): SecretsManagerClient {
    return new SecretsManagerClient({
      ...this.deployment.aws.functionConfig('secretsmanager'),
      requestHandler: { httpAgent: { maxSockets: 100 } },
      maxAttempts: 1,
      ...changes,
    });
  }

  /** A Secrets Manager whose answers are invalid JSON that contains the token. */
  secretsManagerWithGarbledAnswers(): SecretsManagerClient {
    const body = () => Readable.from([`{"SecretString":"{"access_token":"${this.token}"}"}`]);
    const handle = () => Promise.resolve({ response: { statusCode: 200, headers: {}, body: body() } });
    return this.secretsManager({ requestHandler: { handle } as never });
  }

  /** Calls, and records the result in every way in which it may be printed. */
  async try(call: () => unknown): Promise<void> {
    const { error } = await this.#parts.recorder.listenTo('call', async () => await call());
    if (error !== undefined) this.reached.add(error instanceof ZohoClientError ? error.code : String(error));
  }

  note(way: string, value: unknown): void {
    this.#parts.recorder.noteValue(way, value);
  }

  /** Notes requests to Zoho's API, except the header with the token if it goes to Zoho. */
  #recordCalls(fetch: typeof globalThis.fetch = this.#callZoho): typeof globalThis.fetch {
    return (input, init) => {
      const url = new URL(String(input));
      const headers = new Headers(init?.headers);
      if (url.hostname.endsWith('.zohoapis.eu')) headers.delete('authorization');
      this.#parts.recorder.note('request to Zoho, URL', url.href);
      this.#parts.recorder.note('request to Zoho, headers', JSON.stringify([...headers]));
      return fetch(input, init);
    };
  }

  readonly #callZoho: typeof globalThis.fetch = (input, init) => {
    const { zoho } = this.deployment;
    return fetchThrough({ [zoho.apiHosts.eu]: zoho.origins.eu })(input, init);
  };
}
