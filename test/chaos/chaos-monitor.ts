import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { ObservedRequest } from './request-observer.ts';

/** The promises that hold whatever happens to the processes. */
export const PROMISES = [
  'one-mint-at-a-time',
  'within-budget',
  'never-back',
  'valid-when-calm',
  'versions-counted',
  'nothing-lost',
  'no-surprise',
] as const;
export type PromiseName = (typeof PROMISES)[number];

/** A row of the connections table as it is stored. */
export interface Row {
  readonly connection: string;
  readonly status: string;
  readonly queue?: string;
  readonly generation: number;
  readonly nextAttemptAt: number;
  /** If it is due earlier, for notifications only. */
  readonly attemptAt?: number;
  readonly leaseOwner?: string;
  readonly leaseUntil?: number;
  readonly publishes: readonly number[];
}

/** Whose work a call to Zoho is. */
export type Requester = 'schedule' | 'operators' | 'consumers';

interface Mint {
  readonly connection: string;
  readonly atMs: number;
  readonly requester: Requester;
}

const MINUTE_MS = 60_000;
const ZOHO_WINDOW_MS = 10 * MINUTE_MS;
const BUDGET_WINDOW_MS = ZOHO_WINDOW_MS + 90_000;
const MINTS_PER_WINDOW = 10;
const LIMITS: Readonly<Record<Requester, number>> = {
  schedule: MINTS_PER_WINDOW,
  operators: 8,
  consumers: 6,
};
const LEASE_MS = 90_000;
const LONGEST_COOL_DOWN_MS = 31 * MINUTE_MS;
const TOKEN_LIFE_MS = 60 * MINUTE_MS;
/** How long a connection must be undisturbed before it is expected to have a valid token. */
const CALM_MS = 3 * MINUTE_MS;

/**
 * Checks the promises from outside: by the sockets of Zoho, the versions of the secrets and the rows of the table. It uses
 * nothing that the refreshers report about themselves.
 */
export class ChaosMonitor {
  readonly broken: Record<PromiseName, string[]>;
  readonly #world: LocalDeployment;
  readonly #startMs: number;
  readonly #connections: readonly string[];
  readonly #inFlight = new Set<ObservedRequest>();
  readonly #mints: Mint[] = [];
  readonly #seen = new Map<string, { generation: number; expiresAtMs: number }>();
  readonly #disturbedMs = new Map<string, number>();

  constructor(world: LocalDeployment) {
    this.#world = world;
    this.#startMs = world.clock.now();
    this.#connections = Object.keys(world.config.declaredConnections);
    this.broken = Object.fromEntries(PROMISES.map((promise) => [promise, []])) as never;
  }

  /** Records that a promise was broken, with the time. */
  breaks(promise: PromiseName, what: string): void {
    const minutes = (this.#world.clock.now() - this.#startMs) / MINUTE_MS;
    this.broken[promise].push(`minute ${minutes.toFixed(2)}: ${what}`);
  }

  /** Records a disturbance of one connection or, by default, of all. The calm time starts again. */
  disturb(connection?: string): void {
    for (const name of connection === undefined ? this.#connections : [connection])
      this.#disturbedMs.set(name, this.#world.clock.now());
  }

  onRequest(call: ObservedRequest, requester: Requester): void {
    const { connection } = call;
    if (connection === undefined) return;
    for (const other of this.#inFlight) {
      if (other.connection !== connection) continue;
      const holder = `${other.from.name} had a call in flight`;
      this.breaks('one-mint-at-a-time', `${call.from.name} asked Zoho for ${connection} while ${holder}`);
    }
    this.#inFlight.add(call);
    this.#mints.push({ connection, atMs: this.#world.clock.now(), requester });
  }

  onRequestEnd(call: ObservedRequest): void {
    this.#inFlight.delete(call);
    if (call.operation === 'PutSecretValue' || call.operation === 'UpdateSecretVersionStage')
      this.#checkTokens();
  }

  /** The current rows. */
  async rows(): Promise<readonly Row[]> {
    const { aws, dependencies } = this.#world;
    const scan = new ScanCommand({ TableName: aws.tableName, ConsistentRead: true });
    const { Items = [] } = await dependencies.aws.dynamoDb.send(scan);
    return Items.map((item) => unmarshall(item) as Row);
  }

  /** Checks rows and tokens after a tick. Returns when the next connection is due. */
  async checkAfterTick(): Promise<number> {
    const rows = await this.rows();
    for (const connection of this.#connections) {
      const row = rows.find((candidate) => candidate.connection === connection);
      if (row === undefined) this.breaks('nothing-lost', `the row of ${connection} is gone`);
      else this.#checkRow(row);
    }
    return Math.min(...rows.map(({ nextAttemptAt }) => nextAttemptAt));
  }

  /**
   * Checks all calls of Zoho and all versions of the secrets at the end. Only interrupted processes may have counted a version
   * that they did not write.
   */
  async checkAll(interruptions: number): Promise<void> {
    const rows = await this.rows();
    let versions = 0;
    let counted = 0;
    for (const connection of this.#connections) {
      const publishes = rows.find((row) => row.connection === connection)?.publishes.length ?? 0;
      this.#checkCalls(connection);
      this.#checkVersions(connection, publishes);
      versions += this.versionsOf(connection);
      counted += publishes;
    }
    if (counted > versions + interruptions)
      this.breaks(
        'versions-counted',
        `${counted} counted for ${versions} versions and ${interruptions} interruptions`,
      );
  }

  /** The number of versions in a token secret. */
  versionsOf(connection: string): number {
    return this.#world.aws.secretsManager.store.get(secretOf(connection)).versions.size;
  }

  #checkTokens(): void {
    for (const connection of this.#connections) {
      const token = this.#world.readToken(connection);
      if (token === undefined) continue;
      const seen = this.#seen.get(connection) ?? { generation: 0, expiresAtMs: 0 };
      const now = { generation: token.generation, expiresAtMs: Date.parse(token.expires_at) };
      if (now.generation < seen.generation)
        this.breaks(
          'never-back',
          `generation of ${connection} went from ${seen.generation} to ${now.generation}`,
        );
      if (now.expiresAtMs < seen.expiresAtMs)
        this.breaks(
          'never-back',
          `expires_at of ${connection} went back by ${seen.expiresAtMs - now.expiresAtMs} ms`,
        );
      this.#seen.set(connection, now);
    }
  }

  #checkRow(row: Row): void {
    const nowMs = this.#world.clock.now();
    const { connection, status, queue, leaseUntil } = row;
    const nextAttemptAt = row.attemptAt ?? row.nextAttemptAt;
    const lost = (what: string) =>
      this.breaks('nothing-lost', `${connection} ${what}: ${JSON.stringify(row)}`);
    const latestMs = status === 'cooling-down' ? LONGEST_COOL_DOWN_MS : TOKEN_LIFE_MS;
    if (status !== 'active' && status !== 'cooling-down') lost(`is ${status}`);
    if (queue !== 'due') lost('is in no queue');
    if (nextAttemptAt > nowMs + latestMs) lost('is put off for too long');
    if (leaseUntil !== undefined && leaseUntil > nowMs + LEASE_MS) lost('is leased for too long');
    if (leaseUntil !== undefined && leaseUntil > nowMs && nextAttemptAt !== leaseUntil)
      lost('is not due when its lease ends');
    if (!this.#isCalm(connection)) return;
    if (nextAttemptAt <= nowMs) lost('was due and was not attempted');
    const token = this.#world.readToken(connection);
    const isValid = token !== undefined && this.#world.zoho.isValid(token.access_token);
    if (!isValid && status !== 'cooling-down' && !this.#isOutOfBudget(connection))
      this.breaks('valid-when-calm', `${connection} has no valid token: ${JSON.stringify(row)}`);
  }

  #checkCalls(connection: string): void {
    const { dataCenter } = this.#world.config.declaredConnections[connection] ?? {};
    const mints = this.#mints.filter((mint) => mint.connection === connection);
    const received = this.#world.zoho.tokenCalls.filter((call) => call.dataCenter === dataCenter).length;
    if (received !== mints.length)
      this.breaks('no-surprise', `Zoho counts ${received} calls for ${connection}, not ${mints.length}`);

    for (const [n, { atMs, requester }] of mints.entries()) {
      const inWindow = mints.slice(0, n + 1).filter((mint) => mint.atMs > atMs - ZOHO_WINDOW_MS).length;
      if (inWindow <= LIMITS[requester]) continue;
      const minute = ((atMs - this.#startMs) / MINUTE_MS).toFixed(2);
      const call = `the call of the ${requester} for ${connection} in minute ${minute}`;
      this.breaks('within-budget', `${call} was number ${inWindow} in ten minutes`);
    }
  }

  #checkVersions(connection: string, counted: number): void {
    const { versions } = this.#world.aws.secretsManager.store.get(secretOf(connection));
    const generations = [...versions.values()].map(({ value }) =>
      value.kind === 'string' ? (JSON.parse(value.text) as { generation: number }).generation : undefined,
    );
    const breaks = (what: string) => this.breaks('versions-counted', `${connection}: ${what}`);
    if (new Set(generations).size !== generations.length)
      breaks(`a generation has two versions: ${generations}`);
    if (generations.length > counted)
      breaks(`${generations.length} versions, of which the row counted ${counted}`);
  }

  /** Whether the budget is used up, which is respected even at the cost of a token. The refresher counts longer than Zoho does. */
  #isOutOfBudget(connection: string): boolean {
    const sinceMs = this.#world.clock.now() - BUDGET_WINDOW_MS;
    const recent = this.#mints.filter((mint) => mint.connection === connection && mint.atMs > sinceMs);
    return recent.length >= MINTS_PER_WINDOW;
  }

  #isCalm(connection: string): boolean {
    return this.#world.clock.now() >= (this.#disturbedMs.get(connection) ?? this.#startMs) + CALM_MS;
  }
}

function secretOf(connection: string): string {
  return `zoho/${connection}/access-token`;
}
