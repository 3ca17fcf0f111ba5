import { Readable } from 'node:stream';
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient, SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import type { RefreshDueResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { composeRefresher, type World } from '../../lambdas/refresher/compose-refresher.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { Canary } from './canary.ts';
import type { CanaryRecorder } from './recorder.ts';

/** What one call of the refresher is given beside its event. */
export interface Circumstances extends Partial<World> {
  readonly remainingTimeMs?: number;
}

export interface CanaryStageParts {
  readonly canary: Canary;
  readonly recorder: CanaryRecorder;
  readonly aws: World['aws'];
}

/** The refresher's clients for a sandbox, which call once: to repeat a call takes the SDK real time. */
export function createImpatientAwsClients(
  { aws }: LocalDeployment,
  secretsManager: Partial<SecretsManagerClientConfig> = {},
): World['aws'] {
  const once = { maxAttempts: 1, requestHandler: { connectionTimeout: 0, requestTimeout: 0 } };
  return createAwsClients({
    dynamoDb: { ...aws.clientConfig('dynamodb'), ...once },
    secretsManager: { ...aws.clientConfig('secretsmanager'), ...once, ...secretsManager },
    eventBridge: { ...aws.clientConfig('events'), ...once },
  });
}

/** One authorized connection of a sandbox. Whatever the real handler says of it is recorded. */
export class CanaryStage {
  readonly deployment: LocalDeployment;
  readonly connection: string;
  readonly authorization: Authorization;
  /** Codes of failures, outcomes and errors that were met. */
  readonly reached = new Set<string>();
  readonly #canary: Canary;
  readonly #recorder: CanaryRecorder;
  readonly #aws: World['aws'];

  constructor(deployment: LocalDeployment, connection: string, { canary, recorder, aws }: CanaryStageParts) {
    this.deployment = deployment;
    this.connection = connection;
    this.#canary = canary;
    this.#recorder = recorder;
    this.#aws = aws;
    this.authorization = deployment.authorize(connection);
    canary.watchFor('client secret', this.authorization.clientSecret);
    canary.watchFor('refresh token', this.authorization.refreshToken);
  }

  get credentialsSecret(): string {
    return `zoho/${this.connection}/credentials`;
  }

  get tokenSecret(): string {
    return `zoho/${this.connection}/access-token`;
  }

  /** What a careless error message may say of a request: its secrets, plain and in disguise. */
  get quote(): string {
    const { clientSecret, refreshToken } = this.authorization;
    const body = JSON.stringify({ client_secret: clientSecret, refresh_token: refreshToken });
    return `Value '${body}' (${Buffer.from(body).toString('base64')}, ${encodeURIComponent(body)}) is not valid`;
  }

  /** The credentials secret as it should be, with changes. */
  putCredentials(changes: object = {}): void {
    const { clientId, clientSecret, refreshToken } = this.authorization;
    this.deployment.putCredentials(this.connection, {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      data_center: 'eu',
      ...changes,
    });
  }

  /** A token secret as somebody might leave it. */
  putTokenSecret(text: string): void {
    this.deployment.aws.secretsManager.store.put(this.tokenSecret, { value: secretText(text) });
  }

  /** Attributes of the row as somebody might leave them. */
  async changeRow(attributes: Record<string, AttributeValue>): Promise<void> {
    const change = new UpdateItemCommand({
      TableName: this.deployment.aws.tableName,
      Key: { connection: { S: this.connection } },
      AttributeUpdates: mapValues(attributes, (Value) => ({ Action: 'PUT', Value })),
    });
    await this.#recorder.turnAway(() => this.#aws.dynamoDb.send(change));
  }

  async deleteRow(): Promise<void> {
    const Key = { connection: { S: this.connection } };
    const deletion = new DeleteItemCommand({ TableName: this.deployment.aws.tableName, Key });
    await this.#recorder.turnAway(() => this.#aws.dynamoDb.send(deletion));
  }

  /** What an operator asks, or a consumer. */
  ask(request: object = {}, circumstances: Circumstances = {}): Promise<void> {
    const event = { action: 'refresh', connection: this.connection, reason: 'operator', ...request };
    return this.handle(event, circumstances);
  }

  tick(circumstances: Circumstances = {}): Promise<void> {
    return this.handle({ action: 'refresh-due' }, circumstances);
  }

  /** One invocation of the real handler, in an execution environment of its own. */
  async handle(event: unknown, { remainingTimeMs, ...changes }: Circumstances = {}): Promise<void> {
    const base = this.deployment.dependencies;
    const { fetch = base.fetch, ...others } = changes;
    const handler = composeRefresher({ ...base, aws: this.#aws, ...others, fetch: this.#overhear(fetch) });
    const { value, error } = await this.#recorder.listenTo('handler', () =>
      handler(event, lambdaContext(remainingTimeMs)),
    );
    if (value !== undefined) this.#meet('outcome' in value ? value.outcome : outcomeOfTick(value));
    if (error !== undefined) this.#meet((error as { code?: string }).code ?? 'unexpected_error');
    this.#noteTraces();
  }

  /** What is left in the table when all is over. */
  async noteRow(): Promise<void> {
    const Key = { connection: { S: this.connection } };
    const get = new GetItemCommand({ TableName: this.deployment.aws.tableName, Key, ConsistentRead: true });
    const { Item = {} } = await this.#recorder.turnAway(() => this.#aws.dynamoDb.send(get));
    this.#recorder.note('row', JSON.stringify(Item));
    this.#meet(Item.lastFailure?.M?.code?.S);
  }

  /** A Zoho that answers so, whatever it is asked. */
  zohoAnswers(body: string | object, init: ResponseInit = {}): Circumstances {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { fetch: () => Promise.resolve(new Response(text, init)) };
  }

  /** A Secrets Manager that answers one operation with an error which quotes the whole request, as AWS's validation does. */
  secretsManagerThatQuotes(operation: string): Circumstances {
    const aws = createImpatientAwsClients(this.deployment);
    onCommand(aws.secretsManager, operation, (input) => {
      const message = `1 validation error detected: Value '${JSON.stringify(input)}' failed to satisfy constraint`;
      throw Object.assign(new Error(message), { name: 'ValidationException', input });
    });
    return { aws };
  }

  /** A Secrets Manager whose answers are spoilt on their way: the body is no JSON, and holds what was asked for. */
  secretsManagerWithGarbledAnswers(): Circumstances {
    const body = () => Readable.from([`{"SecretString":"${JSON.stringify(this.authorization)}"}`]);
    const handle = () => Promise.resolve({ response: { statusCode: 200, headers: {}, body: body() } });
    return { aws: createImpatientAwsClients(this.deployment, { requestHandler: { handle } as never }) };
  }

  /** Notes where Zoho is asked, under its real name, and learns which tokens it gives. */
  #overhear(fetch: World['fetch']): World['fetch'] {
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

  #noteTraces(): void {
    for (const line of this.deployment.log.lines.splice(0)) {
      this.#recorder.note('log', line);
      this.#meet(JSON.parse(line).code);
    }
    for (const line of this.deployment.metrics.lines.splice(0)) this.#recorder.note('metric', line);
    this.#noteSecrets();
  }

  /** What Secrets Manager knows of the two secrets and shows to whoever may list them; and the token secret's text. */
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

  #meet(code: string | undefined): void {
    if (code !== undefined) this.reached.add(code);
  }
}

function outcomeOfTick({ refreshed }: RefreshDueResponse): string | undefined {
  return refreshed > 0 ? 'refreshed' : undefined;
}

function mapValues<T, U>(values: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

function onCommand(client: SecretsManagerClient, operation: string, act: (input: unknown) => void): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === `${operation}Command`) act(args.input);
      return next(args);
    },
    { step: 'initialize' },
  );
}
