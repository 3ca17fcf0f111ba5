import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { AwsError } from '../../sandbox/aws/aws-error.ts';
import { runOperation } from '../../sandbox/aws/secret-operations.ts';
import { denyMissingSecret } from '../../sandbox/aws/secret-permissions.ts';
import type { SecretsManagerOperation } from '../../sandbox/aws/secret-requests.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { CallPlan } from './call-plan.ts';
import type { Environment, Task } from './environment.ts';
import type { EventQueue } from './event-queue.ts';
import { SEALED_TABLES, type SealedStore } from './sealed-store.ts';
import { type SentCall, sendCall } from './send-call.ts';
import type { SimulatedKms } from './simulated-kms.ts';
import type { SimulatedTable } from './simulated-table.ts';

/** The AWS services that a refresher calls. */
export type AwsServiceName =
  | 'dynamodb'
  /** The tables of the second store, which an outage of DynamoDB hits as well. */
  | 'tokens table'
  | 'credentials table'
  | 'secretsmanager'
  | 'events'
  | 'sns'
  | 'kms';

export interface SimulatedAws {
  readonly queue: EventQueue;
  readonly table: SimulatedTable;
  readonly secrets: SecretStore;
  readonly kms: SimulatedKms;
  /** @default no second store */
  readonly sealed?: SealedStore | undefined;
  readonly plan: (call: string, service: AwsServiceName, command: object) => CallPlan;
  /** A call of Secrets Manager took effect. */
  readonly onSecretsChanged: (change: SecretsChange) => void;
  /** A process publishes an event with this JSON. */
  readonly onAnnounced: (detail: string) => void;
  /** A process starts to publish to a topic. */
  readonly onNotificationSent: (notification: PublishCommandInput) => void;
  /** SNS accepts what was published. */
  readonly onNotified: (notification: PublishCommandInput) => void;
  readonly trace: (text: () => string) => void;
}

export interface SecretsChange {
  readonly secretName: string;
  readonly task: Task;
  /** The caller gave up before the call took effect, and cannot know that it did. */
  readonly isLate: boolean;
}

interface Command {
  readonly input: object;
  readonly middlewareStack: {
    resolve(send: () => Promise<object>, context: object): (args: object) => Promise<{ output: object }>;
  };
}

interface Response {
  readonly response: { readonly headers: Readonly<Record<string, string>> };
  readonly output: object;
}

/** AWS SDK clients whose calls go to the simulated services instead of the network. */
export function createSimulatedClients(aws: SimulatedAws, environment: Environment) {
  const send =
    (
      service: AwsServiceName,
      run: (command: Command, task: Task) => { name: string; perform: () => object },
    ) =>
    async (command: Command, options?: { abortSignal?: AbortSignal }) => {
      const { task } = environment;
      const { name, perform } = run(command, task);
      const call = environment.nameCall(name);
      const plan = aws.plan(call, serviceOf(command) ?? service, command);
      const isLate = plan.error !== undefined && (plan.effectMs ?? 0) > (plan.answerMs ?? 0);
      const sent: SentCall<Response> = {
        plan,
        signal: options?.abortSignal,
        perform: () => {
          aws.trace(() => `${call} takes effect`);
          const answer = perform();
          const changed = changedSecretIn(command, aws.sealed);
          if (changed !== undefined) aws.onSecretsChanged({ secretName: changed, task, isLate });
          return { response: { headers: { date: new Date(aws.queue.now()).toUTCString() } }, output: answer };
        },
        errorNamed: (error) => Object.assign(new Error(`${error} of the simulation`), { name: error }),
      };
      // The SDK carries out the middleware of a command, with which the refresher reads the date of the response.
      const send = () => sendCall(aws.queue, environment, sent);
      const { output } = await command.middlewareStack.resolve(send, {})({ input: command.input });
      return output;
    };
  return {
    dynamoDb: withSend(
      DynamoDBClient.prototype,
      send('dynamodb', (command, task) => onTable(tableOf(aws, command), command, task)),
    ),
    secretsManager: withSend(
      SecretsManagerClient.prototype,
      send('secretsmanager', (command) => onSecrets(aws, command)),
    ),
    eventBridge: withSend(
      EventBridgeClient.prototype,
      send('events', (command) => onEvents(aws, command)),
    ),
    sns: withSend(
      SNSClient.prototype,
      send('sns', (command) => onTopics(aws, command)),
    ),
    kms: withSend(
      KMSClient.prototype,
      send('kms', (command) => aws.kms.on(command)),
    ),
  };
}

/** The SDK's paginators check for an instance of the client's class, whose constructor would set up networking. */
function withSend<Client extends object>(prototype: Client, send: unknown): Client {
  return Object.assign(Object.create(prototype) as Client, { send });
}

/** The service that fails by itself, if it is a table of the second store. */
function serviceOf({ input }: Command): AwsServiceName | undefined {
  const { TableName } = input as { TableName?: string };
  if (TableName === SEALED_TABLES.tokens) return 'tokens table';
  return TableName === SEALED_TABLES.credentials ? 'credentials table' : undefined;
}

function tableOf({ table, sealed }: SimulatedAws, { input }: Command): SimulatedTable {
  const { TableName = '' } = input as { TableName?: string };
  return sealed?.tables.get(TableName) ?? table;
}

function onTable(table: SimulatedTable, command: Command, task: Task) {
  if (command instanceof GetItemCommand) return { name: 'GetItem', perform: () => table.get(command.input) };
  if (command instanceof PutItemCommand)
    return { name: 'PutItem', perform: () => table.put(command.input, task) };
  if (command instanceof UpdateItemCommand) {
    return { name: 'UpdateItem', perform: () => table.update(command.input, task) };
  }
  if (command instanceof QueryCommand) return { name: 'Query', perform: () => table.query(command.input) };
  throw new Error(`The simulated table does not support ${command.constructor.name}.`);
}

function onSecrets({ secrets, sealed }: SimulatedAws, command: Command) {
  const name = secretsOperationOf(command);
  const perform = () => {
    const { SecretId = '' } = command.input as { SecretId?: string };
    if (sealed?.isCopy(SecretId)) throw Object.assign(new Error(''), { name: 'AccessDeniedException' });
    return runSecretsOperation(secrets, name, command.input);
  };
  return { name, perform };
}

function onEvents({ onAnnounced }: SimulatedAws, command: Command) {
  if (!(command instanceof PutEventsCommand))
    throw new Error(`The simulated EventBridge does not support ${command.constructor.name}.`);
  const { Entries = [] } = command.input;
  for (const { Detail = '' } of Entries) onAnnounced(Detail);
  return {
    name: 'PutEvents',
    perform: () => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'any' })) }),
  };
}

function onTopics({ onNotificationSent, onNotified }: SimulatedAws, command: Command) {
  if (!(command instanceof PublishCommand))
    throw new Error(`The simulated SNS does not support ${command.constructor.name}.`);
  const { input } = command;
  onNotificationSent(input);
  const perform = () => {
    onNotified(input);
    return { MessageId: 'any' };
  };
  return { name: 'Publish', perform };
}

function secretsOperationOf(command: Command): SecretsManagerOperation {
  if (command instanceof GetSecretValueCommand) return 'GetSecretValue';
  if (command instanceof PutSecretValueCommand) return 'PutSecretValue';
  if (command instanceof UpdateSecretVersionStageCommand) return 'UpdateSecretVersionStage';
  throw new Error(`The simulated Secrets Manager does not support ${command.constructor.name}.`);
}

/** Carries out an operation of Secrets Manager, for a caller whose policy names secrets by patterns. */
export function runSecretsOperation(
  secrets: SecretStore,
  operation: SecretsManagerOperation,
  input: object,
): object {
  try {
    denyMissingSecret(secrets, operation, (input as { SecretId?: string }).SecretId);
    return runOperation(secrets, operation, JSON.stringify(input));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw Object.assign(new Error(error.message), { name: error.code });
  }
}

function changedSecretIn(command: Command, sealed: SealedStore | undefined): string | undefined {
  if (command instanceof PutItemCommand) return sealed?.secretOf(command.input);
  const changes =
    command instanceof PutSecretValueCommand || command instanceof UpdateSecretVersionStageCommand;
  return changes ? command.input.SecretId : undefined;
}
