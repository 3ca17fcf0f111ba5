import { Logger } from '@aws-lambda-powertools/logger';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { versionAt } from '../../sandbox/aws/secret-record.ts';
import { SecretStore } from '../../sandbox/aws/secret-store.ts';
import { Actors } from './actors.ts';
import { Choices } from './choices.ts';
import { EventQueue } from './event-queue.ts';
import { FaultPlan } from './fault-plan.ts';
import { pickConfig } from './pick-config.ts';
import { createPromiseChecks } from './promises/all.ts';
import type { PromiseCheck, Violation, WorldView } from './promises/promise.ts';
import { startSchedule } from './schedule.ts';
import type { SecretsChange } from './simulated-aws.ts';
import { SimulatedLambda } from './simulated-lambda.ts';
import { SimulatedTable } from './simulated-table.ts';
import { type ObservedCall, SimulatedZoho } from './simulated-zoho.ts';
import { createConnections, type WorldConnection } from './world-connection.ts';
import { WrittenVersions } from './written-versions.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Names of the only incidents that may happen. @default all */
  readonly allowed?: ReadonlySet<string> | undefined;
  /** Called for every step of the run. */
  readonly onStep?: ((atMs: number, text: string) => void) | undefined;
}

/** The outcome of a run. */
export interface WorldResult {
  readonly violation: Violation | undefined;
  /** Simulated time from start to end. */
  readonly elapsedMs: number;
  /** Names of the incidents that happened. */
  readonly incidents: readonly string[];
  readonly calls: { readonly aws: number; readonly zoho: number };
  /** Differs when anything happened at another time or in another order. */
  readonly fingerprint: number;
}

/** Silent: what the product logs is taken from its `Log`. */
const LOGGER = new Logger({ serviceName: 'zoho', logLevel: 'SILENT' });

const START_MS = Date.UTC(2026, 0, 5, 9);
const MINUTE_MS = 60_000;
const CHECK_EVERY_MS = 20_000;

/**
 * A simulated world that is made from a seed: many processes of the product, a table, secrets, Zoho, actors, and faults between
 * them. The product's own code runs in it, from the handler down to the calls of the AWS SDK and `fetch`.
 */
export class World {
  readonly #choices: Choices;
  readonly #queue = new EventQueue(START_MS);
  readonly #faults: FaultPlan;
  readonly #table: SimulatedTable;
  readonly #secrets: SecretStore;
  readonly #zoho: SimulatedZoho;
  readonly #lambda: SimulatedLambda;
  readonly #actors: Actors;
  readonly #connections: readonly WorldConnection[];
  readonly #config: RefresherConfig;
  readonly #checks: readonly PromiseCheck[];
  readonly #versions = new WrittenVersions();
  readonly #calls = { aws: 0, zoho: 0 };
  readonly #endMs: number;
  #violation: Violation | undefined;
  #hasDelivered = false;

  constructor(options: WorldOptions) {
    const choices = new Choices(options.seed, options.allowed);
    this.#choices = choices;
    const queue = this.#queue;
    const trace = (text: () => string) => options.onStep?.(queue.now() - START_MS, text());
    const minutes = choices.between('length', 15, 50);
    const calmEndMinutes = choices.pick('calm end', [4, 4, 4, 6, 6, 8, 12, 80]);
    this.#endMs = START_MS + (minutes + calmEndMinutes) * MINUTE_MS;
    const now = () => queue.now();
    this.#faults = new FaultPlan({
      choices,
      now,
      endMs: this.#endMs,
      calmEndMs: calmEndMinutes * MINUTE_MS,
      trace,
    });
    this.#table = this.#createTable(now);
    this.#secrets = new SecretStore(queue);
    this.#zoho = this.#createZoho(trace);
    this.#connections = createConnections(choices, { secrets: this.#secrets, zoho: this.#zoho });
    this.#config = pickConfig(choices, this.#connections);
    this.#checks = createPromiseChecks(this.#view(now), (violation) => {
      trace(() => `VIOLATED ${violation.promise}: ${violation.message}`);
      this.#violation ??= violation;
    });
    this.#lambda = this.#createLambda(trace);
    this.#actors = new Actors({
      queue,
      choices,
      lambda: this.#lambda,
      faults: this.#faults,
      secrets: this.#secrets,
      table: this.#table,
      connections: this.#connections,
      untilMs: this.#endMs - calmEndMinutes * MINUTE_MS,
      onTokenInvalidated: ({ name }) => this.#each((check) => check.onTokenSecretChanged?.(name, 'human')),
      trace,
    });
  }

  /** Runs until a promise is broken or the time is over. */
  async run(): Promise<WorldResult> {
    this.#actors.begin();
    this.#actors.plan(this.#choices.between('actions', 0, 14));
    startSchedule({
      queue: this.#queue,
      choices: this.#choices,
      faults: this.#faults,
      tick: () => this.#lambda.invoke({ action: 'refresh-due' }),
      isIdle: () => this.#connections.every(({ name }) => this.#table.isIdle(name)),
    });
    this.#scheduleCheck();
    let fingerprint = 0;
    while (this.#violation === undefined && this.#queue.step(this.#endMs)) {
      if (!this.#hasDelivered) continue;
      this.#hasDelivered = false;
      fingerprint = (Math.imul(fingerprint, 31) + (this.#queue.now() - START_MS)) >>> 0;
      await settle();
    }
    if (this.#violation === undefined) this.#each((check) => check.onEnd?.());
    return {
      violation: this.#violation,
      elapsedMs: this.#queue.now() - START_MS,
      incidents: this.#choices.incidents,
      calls: this.#calls,
      fingerprint,
    };
  }

  #scheduleCheck(): void {
    this.#queue.after(CHECK_EVERY_MS, () => {
      this.#each((check) => check.onCheck?.());
      this.#scheduleCheck();
    });
  }

  #createTable(now: () => number): SimulatedTable {
    let writes = 0;
    return new SimulatedTable({
      now,
      indexLagMs: (key) => this.#faults.indexLagMs(`index ${key} ${writes++}`),
      returnsOldItem: () => this.#choices.draw(`told ${writes} ${now()}`) < 0.8,
      onWrite: (write) => this.#each((check) => check.onRowWritten?.(write)),
    });
  }

  #createZoho(trace: (text: () => string) => void): SimulatedZoho {
    const notify = (
      report: (check: PromiseCheck, connection: string) => void,
      { refreshToken }: ObservedCall,
    ) => {
      const owner = this.#connections.find(({ refreshTokens }) => refreshTokens.has(refreshToken));
      if (owner === undefined)
        throw new Error('Zoho was called with a refresh token that no connection ever had.');
      this.#each((check) => report(check, owner.name));
    };
    return new SimulatedZoho({
      queue: this.#queue,
      random: this.#choices.stream('tokens'),
      plan: (call) => {
        this.#calls.zoho += 1;
        return this.#faults.planZoho(call);
      },
      isDroppedWhenAborted: (call) => this.#choices.draw(`${call} dropped`) < 0.5,
      trace,
      observer: {
        onSent: (call) => notify((check, name) => check.onCallSent?.(call, name), call),
        onReceived: (call) => notify((check, name) => check.onCallReceived?.(call, name), call),
        onAnswered: (call, kind) => notify((check, name) => check.onCallAnswered?.(call, name, kind), call),
        onOver: (call) => notify((check, name) => check.onCallOver?.(call, name), call),
      },
    });
  }

  #createLambda(trace: (text: () => string) => void): SimulatedLambda {
    return new SimulatedLambda({
      queue: this.#queue,
      choices: this.#choices,
      aws: {
        queue: this.#queue,
        table: this.#table,
        secrets: this.#secrets,
        plan: (call, service) => {
          this.#calls.aws += 1;
          return this.#faults.planAws(call, service);
        },
        onSecretsChanged: (change) => this.#onSecretsChange(change),
        onAnnounced: (detail) => this.#each((check) => check.onAnnounced?.(detail)),
        trace,
      },
      zoho: this.#zoho,
      logger: LOGGER,
      config: this.#config,
      onDelivered: () => {
        this.#hasDelivered = true;
      },
      onOutput: (output) => this.#each((check) => check.onOutput?.(output)),
      disturb: (untilMs) => this.#faults.disturb(untilMs),
      trace,
    });
  }

  #onSecretsChange({ secretName, task, isLate }: SecretsChange): void {
    const connection = this.#connections.find(({ tokenSecret }) => tokenSecret === secretName);
    if (connection === undefined)
      throw new Error(`The product wrote to ${secretName}, which belongs to no connection.`);
    const { name } = connection;
    this.#versions.record(this.#secrets.find(secretName), {
      name,
      atMs: this.#queue.now(),
      kind: task.kind,
      isLate,
    });
    this.#each((check) => check.onTokenSecretChanged?.(name, task.kind));
  }

  #view(now: () => number): WorldView {
    const { functionTimeoutSeconds, refreshJitterSeconds } = this.#config;
    return {
      now,
      calmSinceMs: () => this.#faults.calmSinceMs,
      longestLeaseMs: (functionTimeoutSeconds + 15) * 1000,
      refreshJitterMs: refreshJitterSeconds * 1000,
      connections: () => this.#connections,
      row: (connection) => this.#table.find(connection),
      currentToken: (connection) => {
        const secret = this.#secrets.find(`zoho/${connection}/access-token`);
        const version = secret && versionAt(secret, 'AWSCURRENT');
        return version?.value.kind === 'string'
          ? { text: version.value.text, versionId: version.id }
          : undefined;
      },
      versionsWritten: (connection) => this.#versions.of(connection),
      isValidAtZoho: (accessToken) => this.#zoho.state.isValid(accessToken),
      secretTexts: () => [
        ...this.#zoho.secretTexts,
        ...this.#connections.flatMap(({ refreshTokens }) => [...refreshTokens]),
      ],
    };
  }

  #each(report: (check: PromiseCheck) => void): void {
    for (const check of this.#checks) report(check);
  }
}

/** Lets every process run to its next wait. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
