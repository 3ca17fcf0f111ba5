import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import type { EventQueue } from '../../simulation/event-queue.ts';
import { AwsFailure } from './aws-failure.ts';
import { type Command, onEvents, onKeys, onTopics, type Work } from './other-services.ts';
import { Quota } from './quota.ts';
import type { Secrets } from './secrets.ts';
import { RefusedWrite, type Table, type TableAnswer, type Units } from './table.ts';

/** How long a call of AWS takes, plus what a page of a query takes to be read and sent. */
export const CALL_MS = 10;
export const MS_PER_KILOBYTE = 0.1;

/** What the AWS SDK does after throttling: attempts in all, and the longest first pause (standard mode). */
const ATTEMPTS = 3;
const THROTTLED_PAUSE_MS = 500;

/** Of an account and region. Sources: docs/scale.md. */
export const LIMITS = {
  /** PutSecretValue, UpdateSecretVersionStage and other writes together. */
  secretWrites: 50,
  secretReads: 10_000,
  /** Write units of one partition of a table or an index. */
  partitionWrites: 1_000,
  /** Encrypt and Decrypt together; more in some regions. */
  keyCalls: 20_000,
} as const;

export interface RegionParts {
  readonly queue: EventQueue;
  readonly random: () => number;
  readonly secrets: Secrets;
  /** By name. */
  readonly tables: ReadonlyMap<string, Table>;
}

/**
 * The services of one AWS region behind the SDK's clients: every call takes simulated time, counts against the limits of its service, and
 * uses capacity units.
 */
export class Region {
  readonly secretWrites = new Quota('Secrets Manager, writes', LIMITS.secretWrites);
  readonly secretReads = new Quota('Secrets Manager, reads', LIMITS.secretReads);
  readonly keyCalls = new Quota('KMS, calls', LIMITS.keyCalls);
  /** Of each partition of an index that was written to. */
  readonly indexWrites = new Map<string, Quota>();
  /** Calls by service and operation. */
  readonly calls = new Map<string, number>();
  /** Of items that were read by their keys, and of queries. */
  readonly readUnits = { items: 0, queries: 0 };
  writeUnits = 0;
  readonly #parts: RegionParts;

  constructor(parts: RegionParts) {
    this.#parts = parts;
  }

  clients() {
    return {
      dynamoDb: this.#client(DynamoDBClient.prototype, (command) => this.#onTable(command)),
      secretsManager: this.#client(SecretsManagerClient.prototype, (command) => this.#onSecrets(command)),
      kms: this.#client(KMSClient.prototype, (command) => onKeys(command, this.keyCalls)),
      eventBridge: this.#client(EventBridgeClient.prototype, (command) => onEvents(command)),
      sns: this.#client(SNSClient.prototype, (command) => onTopics(command)),
    };
  }

  /** The limits that calls have counted against. */
  quotas(): readonly Quota[] {
    const quotas = [this.secretWrites, this.secretReads, this.keyCalls, ...this.indexWrites.values()];
    return quotas.filter(({ total }) => total > 0);
  }

  /** Forgets what was counted, for a measurement that begins now. */
  reset(): void {
    this.calls.clear();
    this.readUnits.items = 0;
    this.readUnits.queries = 0;
    this.writeUnits = 0;
    for (const quota of this.quotas()) quota.reset();
  }

  /** The SDK's paginators check for an instance of the client's class, whose constructor would set up networking. */
  #client<Client extends object>(prototype: Client, workOf: (command: Command) => Work): Client {
    const send = async (command: Command) => {
      const answer = () =>
        new Promise<object>((resolve, reject) =>
          this.#attempt(workOf(command), { resolve, reject, attempt: 1 }),
        );
      // The SDK carries out the middleware of a command, with which the refresher reads the date of the response.
      const { output } = await command.middlewareStack.resolve(answer, {})({ input: command.input });
      return output;
    };
    return Object.assign(Object.create(prototype) as Client, { send });
  }

  #attempt(
    work: Work,
    sent: {
      readonly resolve: (response: object) => void;
      readonly reject: (error: unknown) => void;
      readonly attempt: number;
    },
  ): void {
    const { queue, random } = this.#parts;
    if (work.quota?.take(queue.now()) === false || this.#isHotPartition(work)) {
      this.#count(work.operation);
      const { attempt } = sent;
      if (attempt === ATTEMPTS) {
        queue.after(CALL_MS, () => sent.reject(new AwsFailure('ThrottlingException')));
        return;
      }
      const pauseMs = Math.floor(random() * 2 ** (attempt - 1) * THROTTLED_PAUSE_MS);
      queue.after(CALL_MS + pauseMs, () => this.#attempt(work, { ...sent, attempt: attempt + 1 }));
      return;
    }
    this.#count(work.operation);
    const done = this.#perform(work);
    queue.after(CALL_MS + Math.round((done.bytes / 1024) * MS_PER_KILOBYTE), () => {
      if (done.error !== undefined) return sent.reject(done.error);
      const headers = { date: new Date(queue.now()).toUTCString() };
      sent.resolve({ response: { headers }, output: done.output });
    });
  }

  /** Write units of the index partitions are known only after the write, so the one that exceeds the limit is still carried out. */
  #isHotPartition({ operation }: Work): boolean {
    if (!/^dynamodb:(Put|Update)/.test(operation)) return false;
    const nowMs = this.#parts.queue.now();
    // The base table is throttled when an index is (back-pressure).
    return [...this.indexWrites.values()].some((quota) => !quota.hasRoom(nowMs));
  }

  #perform(work: Work): { output?: object; error?: unknown; bytes: number } {
    try {
      const answer = work.perform();
      if (!('units' in answer)) return { output: answer, bytes: 0 };
      const { units, output } = answer as TableAnswer;
      this.readUnits[work.operation === 'dynamodb:Query' ? 'queries' : 'items'] += units.read;
      this.#use(units);
      return { output, bytes: units.bytes };
    } catch (error) {
      if (!(error instanceof RefusedWrite)) return { error, bytes: 0 };
      this.#use(error.units);
      return { error: error.refusal, bytes: 0 };
    }
  }

  #use({ write, written }: Units): void {
    this.writeUnits += write;
    for (const [partition, units] of Object.entries(written)) {
      const quota = this.indexWrites.get(partition) ?? new Quota(partition, LIMITS.partitionWrites);
      this.indexWrites.set(partition, quota);
      quota.use(this.#parts.queue.now(), units);
    }
  }

  #count(operation: string): void {
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
  }

  #onTable(command: Command): Work {
    const table = this.#tableOf(command);
    if (command instanceof GetItemCommand)
      return { operation: 'dynamodb:GetItem', perform: () => table.get(command.input) };
    if (command instanceof PutItemCommand)
      return { operation: 'dynamodb:PutItem', perform: () => table.put(command.input) };
    if (command instanceof UpdateItemCommand)
      return { operation: 'dynamodb:UpdateItem', perform: () => table.update(command.input) };
    if (command instanceof QueryCommand)
      return {
        operation: 'dynamodb:Query',
        perform: () => table.query(command.input, this.#parts.queue.now()),
      };
    throw new Error(`The simulated DynamoDB does not support ${command.constructor.name}.`);
  }

  #tableOf({ input }: Command): Table {
    const { TableName = '' } = input as { TableName?: string };
    const table = this.#parts.tables.get(TableName);
    if (table === undefined) throw new Error(`The simulated region has no table "${TableName}".`);
    return table;
  }

  #onSecrets(command: Command): Work {
    const { secrets } = this.#parts;
    const [reads, writes] = [this.secretReads, this.secretWrites];
    if (command instanceof GetSecretValueCommand)
      return {
        operation: 'secretsmanager:GetSecretValue',
        quota: reads,
        perform: () => secrets.get(command.input),
      };
    if (command instanceof PutSecretValueCommand)
      return {
        operation: 'secretsmanager:PutSecretValue',
        quota: writes,
        perform: () => secrets.put(command.input),
      };
    if (command instanceof UpdateSecretVersionStageCommand)
      return {
        operation: 'secretsmanager:UpdateSecretVersionStage',
        quota: writes,
        perform: () => secrets.moveStage(command.input),
      };
    throw new Error(`The simulated Secrets Manager does not support ${command.constructor.name}.`);
  }
}
