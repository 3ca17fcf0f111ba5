import { DATA_CENTERS } from '../../../lambdas/core/zoho/data-centers.ts';
import { composeDependencies } from '../../../lambdas/refresher/compose-refresher.ts';
import type { RefresherConfig } from '../../../lambdas/refresher/config.ts';
import { createHandler, type RefresherHandler } from '../../../lambdas/refresher/create-handler.ts';
import { createPaces } from '../../../lambdas/refresher/paces.ts';
import { contextOf } from '../../../sandbox/deployment/lambda-context.ts';
import { seededRandom } from '../../../sandbox/deployment/random.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import type { Fleet } from '../fleet.ts';
import {
  dataCenterOf,
  delayOfTick,
  type FleetPlan,
  initialTokens,
  isBlocked,
  MINUTE_MS,
  namesOf,
  START_MS,
} from '../fleet-plan.ts';
import type { FleetRun } from '../fleet-run.ts';
import { Recorder } from '../recorder.ts';
import { sizeOfItem } from '../region/item-size.ts';
import { Region } from '../region/region.ts';
import { Secrets } from '../region/secrets.ts';
import { Table } from '../region/table.ts';
import { Zoho } from '../region/zoho.ts';
import { CountingLogger } from './counting-logger.ts';
import { configOf, credentialsOf, SECRET_PREFIX, sealedCredentials, TABLE_NAMES } from './deployment.ts';
import { CREDENTIALS_VERSION, FIRST_TOKEN_VERSION, itemsOf } from './fleet-rows.ts';
import { quotasOf } from './quota-uses.ts';

/** Shared, because building a stack trace is slow. */
const TIMED_OUT = new DOMException('The operation timed out.', 'TimeoutError');

interface Environment {
  readonly handler: RefresherHandler;
  isBusy: boolean;
}

/**
 * A fleet that the real handler keeps, with the real adapters: everything of the product runs, down to the commands of the AWS SDK and the
 * call of `fetch`. Time, AWS and Zoho are simulated.
 */
export class RealFleet implements Fleet {
  readonly recorder: Recorder;
  readonly #plan: FleetPlan;
  readonly #queue = new EventQueue(START_MS);
  readonly #random: () => number;
  readonly #secrets: Secrets;
  readonly #sealedTokens = new Table();
  readonly #sealedCredentials: Table;
  /** Index of each connection by its name. */
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #zoho: Zoho;
  readonly #region: Region;
  readonly #table: Table;
  readonly #config: RefresherConfig;
  readonly #environments: Environment[] = [];
  #logBytes = 0;
  #owners = 0;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed ?? 1);
    const tokens = initialTokens(plan, this.#random);
    const names = namesOf(plan);
    this.#indexes = new Map(names.map((name, index) => [name, index]));
    this.#table = new Table([
      { name: 'due', partition: 'queue', time: 'nextAttemptAt', hasWholeItems: true },
      { name: 'expiry', partition: 'live', time: 'tokenExpiresAt', hasWholeItems: false },
    ]);
    for (const item of itemsOf(plan, tokens, names)) this.#table.load(item);
    const credentials = (name: string) => credentialsOf(name, dataCenterOf(plan, this.#indexOf(name)));
    this.#secrets = new Secrets((name) => ({ versionId: CREDENTIALS_VERSION, text: credentials(name) }));
    this.#sealedCredentials = new Table([], (name) => sealedCredentials(name, credentials(name)));
    if (plan.store === 'secrets-manager')
      for (const name of names)
        this.#secrets.load(`${SECRET_PREFIX}/${name}/access-token`, FIRST_TOKEN_VERSION);
    this.recorder = new Recorder(
      START_MS,
      Float64Array.from(tokens, ({ expiresAtMs }, index) => (isBlocked(plan, index) ? 0 : expiresAtMs)),
    );
    this.#zoho = new Zoho({
      queue: this.#queue,
      random: this.#random,
      transientFailures: plan.transientFailures,
      isRevoked: (connection) => isBlocked(plan, this.#indexOf(connection)),
    });
    this.#region = new Region({
      queue: this.#queue,
      random: this.#random,
      secrets: this.#secrets,
      tables: new Map([
        [TABLE_NAMES.connections, this.#table],
        [TABLE_NAMES.tokens, this.#sealedTokens],
        [TABLE_NAMES.credentials, this.#sealedCredentials],
      ]),
    });
    this.#config = configOf(plan);
    this.#record();
    this.#planOutage();
    this.#queue.after(delayOfTick(this.#random), () => this.#tick(START_MS));
  }

  /** Bytes of a row, on the average. */
  get rowBytes(): number {
    let bytes = 0;
    for (const item of this.#table.items()) bytes += sizeOfItem(item);
    return bytes / Math.max(1, this.#table.size);
  }

  /** How often credentials were read. */
  get credentialsRead(): number {
    return this.#secrets.credentialsRead + this.#sealedCredentials.reads;
  }

  get nowMs(): number {
    return this.#queue.now();
  }

  /** Runs until this minute, and reports how far it is. */
  async runTo(minute: number, onMinute: (minute: number) => void = () => {}): Promise<void> {
    const untilMs = START_MS + minute * MINUTE_MS;
    let reported = Math.floor((this.nowMs - START_MS) / MINUTE_MS);
    while (this.#queue.step(untilMs)) {
      // What happens in the same millisecond is delivered together.
      while (this.#queue.step(this.#queue.now()));
      await new Promise((resolve) => setImmediate(resolve));
      const now = Math.floor((this.nowMs - START_MS) / MINUTE_MS);
      if (now > reported) onMinute(now);
      reported = now;
    }
  }

  summary(minutes: number): FleetRun {
    const region = this.#region;
    const usage = {
      calls: Object.fromEntries(region.calls),
      itemReadUnits: region.readUnits.items,
      queryReadUnits: region.readUnits.queries,
      writeUnits: region.writeUnits,
      logBytes: this.#logBytes,
    };
    return this.recorder.summary(minutes, usage, quotasOf(region));
  }

  #record(): void {
    this.#secrets.onPublished = (connection, text) => {
      const { expires_at } = JSON.parse(text) as { expires_at: string };
      this.#published(connection, Date.parse(expires_at));
    };
    this.#sealedTokens.onWrite = ({ connection, expiresAt }) =>
      this.#published(connection?.S ?? '', Number(expiresAt?.N));
    this.#zoho.onTransient = (connection) => this.recorder.failed(this.#indexOf(connection));
    this.#zoho.onRequest = (connection) => {
      if (!isBlocked(this.#plan, this.#indexOf(connection))) this.recorder.started(this.nowMs);
    };
  }

  #published(connection: string, expiresAtMs: number): void {
    this.recorder.published({ index: this.#indexOf(connection), atMs: this.nowMs, expiresAtMs });
  }

  #indexOf(name: string): number {
    return this.#indexes.get(name) ?? 0;
  }

  #planOutage(): void {
    const { outage } = this.#plan;
    if (outage === undefined) return;
    const affected = Object.entries(DATA_CENTERS).filter(
      ([location]) => outage.dataCenter === undefined || location === outage.dataCenter,
    );
    const hosts = affected.map(([, { accountsServer }]) => new URL(accountsServer).host);
    const at = (minute: number, run: (host: string) => void) =>
      this.#queue.at(START_MS + minute * MINUTE_MS, () => hosts.forEach(run));
    at(outage.fromMinute, (host) => this.#zoho.moods.set(host, outage.mood));
    at(outage.untilMinute, (host) => this.#zoho.moods.delete(host));
  }

  /** Lambda uses an environment that is free, or starts one. Each has its own memory and its own pace. */
  #tick(plannedAtMs: number): void {
    const next = plannedAtMs + MINUTE_MS;
    this.#queue.at(next + delayOfTick(this.#random), () => this.#tick(next));
    const free = this.#environments.find(({ isBusy }) => !isBusy);
    const environment = free ?? this.#start();
    environment.isBusy = true;
    const startedAtMs = this.nowMs;
    const context = contextOf('schedule', this.#config.functionTimeoutSeconds * 1000);
    void environment.handler(this.#event(), context).then(() => {
      environment.isBusy = false;
      this.recorder.ticked(this.nowMs - startedAtMs);
    });
  }

  #event(): object {
    return { action: 'refresh-due', ...(this.#plan.store === 'dynamodb' && { shard: 0 }) };
  }

  #start(): Environment {
    const logger = new CountingLogger((bytes) => {
      this.#logBytes += bytes;
    });
    const config = this.#config;
    const dependencies = composeDependencies({
      config,
      clock: {
        now: () => this.nowMs,
        monotonic: () => this.nowMs,
        abortAfter: (ms) => this.#abortAfter(ms),
      },
      random: this.#random,
      newLeaseOwner: () => `00000000-0000-4000-8000-${String(this.#owners++).padStart(12, '0')}`,
      aws: this.#region.clients(),
      fetch: this.#zoho.fetch,
      logger,
      writeMetricLine: (line) => {
        this.#logBytes += line.length + 1;
      },
    });
    const handler = createHandler({
      config,
      logger,
      paces: createPaces(config, {
        elapsed: () => this.#queue.now(),
        wait: (ms) => new Promise((resolve) => this.#queue.after(ms, resolve)),
      }),
      dependencies,
    });
    const environment = { handler, isBusy: false };
    this.#environments.push(environment);
    return environment;
  }

  #abortAfter(ms: number): AbortSignal {
    const controller = new AbortController();
    if (ms <= 0) controller.abort(TIMED_OUT);
    else this.#queue.after(ms, () => controller.abort(TIMED_OUT));
    return controller.signal;
  }
}
