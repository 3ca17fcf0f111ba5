import { Readable } from 'node:stream';
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient, SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';
import type { RefreshDueResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { composeRefresher, type World } from '../../lambdas/refresher/compose-refresher.ts';
import type { RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { contextOf, doorFor } from '../../sandbox/deployment/lambda-context.ts';
import type { Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { Canary } from './canary.ts';
import { withoutPauses } from './clock-without-pauses.ts';
import type { CanaryRecorder } from './recorder.ts';

/** What differs in one call of the refresher. */
export interface Circumstances extends Partial<World> {
  /** The alias that is invoked. @default the one that senders of such an event use */
  readonly door?: RefresherDoor;
  /** An execution environment of earlier calls, by {@link CanaryConnection.compose}. @default one of its own */
  readonly handler?: RefresherHandler;
}

export interface CanaryConnectionParts {
  readonly canary: Canary;
  readonly recorder: CanaryRecorder;
  readonly aws: World['aws'];
}

/** The refresher's AWS clients without retries, for which the SDK would wait real time. */
export function createAwsClientsWithoutRetries(
  { aws }: LocalDeployment,
  secretsManager: Partial<SecretsManagerClientConfig> = {},
): World['aws'] {
  const once = { maxAttempts: 1, requestHandler: { connectionTimeout: 0, requestTimeout: 0 } };
  return createAwsClients({
    dynamoDb: { ...aws.functionConfig('dynamodb'), ...once },
    secretsManager: { ...aws.functionConfig('secretsmanager'), ...once, ...secretsManager },
    eventBridge: { ...aws.functionConfig('events'), ...once },
    sns: { ...aws.functionConfig('sns'), ...once },
    kms: { ...aws.functionConfig('kms'), ...once },
  });
}

/** An authorized connection whose secrets are canaries. Records everything that the real handler outputs. */
export class CanaryConnection {
  readonly deployment: LocalDeployment;
  readonly name: string;
  readonly authorization: Authorization;
  /** Codes of failures, outcomes and errors that occurred. */
  readonly reached = new Set<string>();
  readonly #canary: Canary;
  readonly #recorder: CanaryRecorder;
  readonly #aws: World['aws'];

  constructor(deployment: LocalDeployment, name: string, { canary, recorder, aws }: CanaryConnectionParts) {
    this.deployment = deployment;
    this.name = name;
    this.#canary = canary;
    this.#recorder = recorder;
    this.#aws = aws;
    this.authorization = deployment.authorize(name);
    canary.watchFor('client secret', this.authorization.clientSecret);
    canary.watchFor('refresh token', this.authorization.refreshToken);
  }

  get credentialsSecret(): string {
    return `zoho/${this.name}/credentials`;
  }

  get tokenSecret(): string {
    return `zoho/${this.name}/access-token`;
  }

  /** What a careless error message may quote of a request: its secrets, plain and encoded. */
  get quote(): string {
    const { clientSecret, refreshToken } = this.authorization;
    const body = JSON.stringify({ client_secret: clientSecret, refresh_token: refreshToken });
    return `Value '${body}' (${Buffer.from(body).toString('base64')}, ${encodeURIComponent(body)}) is not valid`;
  }

  /** Another secret of the connection. */
  watchFor(name: string, secret: string): void {
    this.#canary.watchFor(name, secret);
  }

  /** Writes the credentials secret, with changes. */
  putCredentials(changes: object = {}): void {
    const { clientId, clientSecret, refreshToken } = this.authorization;
    this.deployment.putCredentials(this.name, {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      data_center: 'eu',
      ...changes,
    });
  }

  /** Writes the token secret by hand. */
  putTokenSecret(text: string): void {
    this.deployment.aws.secretsManager.store.put(this.tokenSecret, { value: secretText(text) });
  }

  /** Changes attributes of the row by hand. */
  async changeRow(attributes: Record<string, AttributeValue>): Promise<void> {
    const change = new UpdateItemCommand({
      TableName: this.deployment.aws.tableName,
      Key: { connection: { S: this.name } },
      AttributeUpdates: mapValues(attributes, (Value) => ({ Action: 'PUT', Value })),
    });
    await this.#recorder.turnAway(() => this.#aws.dynamoDb.send(change));
  }

  async deleteRow(): Promise<void> {
    const Key = { connection: { S: this.name } };
    const deletion = new DeleteItemCommand({ TableName: this.deployment.aws.tableName, Key });
    await this.#recorder.turnAway(() => this.#aws.dynamoDb.send(deletion));
  }

  /** What a test does itself, for example as an operator. */
  async withoutRecording(act: () => Promise<void>): Promise<void> {
    await this.#recorder.turnAway(act);
  }

  /** The request of an operator or a consumer. */
  ask(request: object = {}, circumstances: Circumstances = {}): Promise<void> {
    const event = { action: 'refresh', connection: this.name, reason: 'operator', ...request };
    return this.handle(event, circumstances);
  }

  tick(circumstances: Circumstances = {}): Promise<void> {
    return this.handle({ action: 'refresh-due' }, circumstances);
  }

  /** An execution environment of the real handler. */
  compose({ fetch = this.deployment.dependencies.fetch, ...changes }: Partial<World> = {}): RefresherHandler {
    const base = this.deployment.dependencies;
    const clock = withoutPauses(base.clock);
    return composeRefresher({ ...base, clock, aws: this.#aws, ...changes, fetch: this.#recordCalls(fetch) });
  }

  /** One invocation of the real handler. */
  async handle(event: unknown, circumstances: Circumstances = {}): Promise<void> {
    const { door = doorFor(event), handler = this.compose(circumstances) } = circumstances;
    const { value, error } = await this.#recorder.listenTo('handler', () => handler(event, contextOf(door)));
    if (value !== undefined) this.#reach('outcome' in value ? value.outcome : outcomeOfTick(value));
    if (error !== undefined) this.#reach((error as { code?: string }).code ?? 'unexpected_error');
    this.#noteOutput();
  }

  /** Notes the row in the end. */
  async noteRow(): Promise<void> {
    const Key = { connection: { S: this.name } };
    const get = new GetItemCommand({ TableName: this.deployment.aws.tableName, Key, ConsistentRead: true });
    const { Item = {} } = await this.#recorder.turnAway(() => this.#aws.dynamoDb.send(get));
    this.#recorder.note('row', JSON.stringify(Item));
    this.#reach(Item.lastFailure?.M?.code?.S);
  }

  /** A Zoho that always answers like this. */
  zohoAnswers(body: string | object, init: ResponseInit = {}): Circumstances {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { fetch: () => Promise.resolve(new Response(text, init)) };
  }

  /** A Secrets Manager that fails one operation with an error that quotes the request, as AWS's validation does. */
  secretsManagerThatQuotes(operation: string): Circumstances {
    const aws = createAwsClientsWithoutRetries(this.deployment);
    onCommand(aws.secretsManager, operation, (input) => {
      const message = `1 validation error detected: Value '${JSON.stringify(input)}' failed to satisfy constraint`;
      throw Object.assign(new Error(message), { name: 'ValidationException', input });
    });
    return { aws };
  }

  /** A Secrets Manager whose answers are invalid JSON that contains the secret. */
  secretsManagerWithGarbledAnswers(): Circumstances {
    const body = () => Readable.from([`{"SecretString":"${JSON.stringify(this.authorization)}"}`]);
    const handle = () => Promise.resolve({ response: { statusCode: 200, headers: {}, body: body() } });
    return { aws: createAwsClientsWithoutRetries(this.deployment, { requestHandler: { handle } as never }) };
  }

  /** Notes requests to Zoho, and watches for the tokens in its answers. */
  #recordCalls(fetch: World['fetch']): World['fetch'] {
    return async (input, init) => {
      this.#recorder.note('request to Zoho, URL', String(input));
      this.#recorder.note('request to Zoho, headers', JSON.stringify(init?.headers));
      const response = await fetch(input, init);
      const isShort = Number(response.headers.get('content-length')) < 10_000;
      const body = isShort
        ? await response
            .clone()
            .text()
            .catch(() => '')
        : '';
      for (const [, token = ''] of body.matchAll(/"access_token":"(1000\.[^"]+)"/g)) {
        this.#canary.watchFor('access token', token);
      }
      return response;
    };
  }

  #noteOutput(): void {
    for (const line of this.deployment.log.lines.splice(0)) {
      this.#recorder.note('log', line);
      this.#reach(JSON.parse(line).code);
    }
    for (const line of this.deployment.metrics.lines.splice(0)) this.#recorder.note('metric', line);
    this.#noteSecrets();
  }

  /** Notes what anyone who may list the two secrets sees, and the token secret's text. */
  #noteSecrets(): void {
    const { store } = this.deployment.aws.secretsManager;
    const { clientSecret, refreshToken } = this.authorization;
    for (const name of [this.credentialsSecret, this.tokenSecret]) {
      const secret = store.find(name);
      if (secret === undefined) continue;
      const { versions, tags, stages, ...shown } = secret;
      const lists = { versions: [...versions.keys()], tags: [...tags], stages: [...stages] };
      this.#recorder.note('secret, what is shown of it', JSON.stringify({ ...shown, ...lists }));
    }
    for (const { id, value } of store.find(this.tokenSecret)?.versions.values() ?? []) {
      const wasPutByHand = id.length !== 64;
      if (wasPutByHand || value.kind !== 'string') continue;
      const { access_token, ...beside } = JSON.parse(value.text);
      this.#recorder.note('token secret, beside the token', JSON.stringify(beside));
      if (access_token === refreshToken || access_token === clientSecret)
        this.#recorder.note('token secret, as the token', access_token);
    }
  }

  #reach(code: string | undefined): void {
    if (code !== undefined) this.reached.add(code);
  }
}

function outcomeOfTick({ refreshed }: RefreshDueResponse): string | undefined {
  return refreshed > 0 ? 'refreshed' : undefined;
}

function mapValues<T, U>(values: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

function onCommand(client: SecretsManagerClient, operation: string, onInput: (input: unknown) => void): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === `${operation}Command`) onInput(args.input);
      return next(args);
    },
    { step: 'initialize' },
  );
}
