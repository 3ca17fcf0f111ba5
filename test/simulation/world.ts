import { Logger } from '@aws-lambda-powertools/logger';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import { Actors } from './actors.ts';
import { Choices } from './choices.ts';
import { EventQueue } from './event-queue.ts';
import { FaultPlan } from './fault-plan.ts';
import { pickConfig } from './pick-config.ts';
import { planActions } from './plan-actions.ts';
import { planConsumers } from './plan-consumers.ts';
import { startPopulation } from './population.ts';
import { createPromiseChecks } from './promises/all.ts';
import type { PromiseCheck, Violation } from './promises/promise.ts';
import { RotationCrashes } from './rotation-crashes.ts';
import { startSchedules } from './schedules.ts';
import type { SimulatedAws } from './simulated-aws.ts';
import { SimulatedLambda } from './simulated-lambda.ts';
import type { SimulatedZoho } from './simulated-zoho.ts';
import { connectTenants } from './tenants.ts';
import { createWorldAws } from './world-aws.ts';
import { createConnections, type WorldConnection } from './world-connection.ts';
import { pickWorldKind, type WorldKind } from './world-kind.ts';
import type { WorldOptions, WorldResult } from './world-result.ts';
import type { WorldPlan } from './world-traits.ts';
import { createWorldView } from './world-view.ts';
import { createWorldZoho, planBehavior, type ZohoBehavior } from './world-zoho.ts';
import { WrittenVersions } from './written-versions.ts';

/** Silent: what the product logs is taken from its `Log`. */
const LOGGER = new Logger({ serviceName: 'zoho', logLevel: 'SILENT' });

const START_MS = Date.UTC(2026, 0, 5, 9);
const MINUTE_MS = 60_000;

/**
 * A simulated world that is made from a seed: many processes of the product, a table, secrets, Zoho, actors, and faults between
 * them. The product's own code runs in it, from the handler down to the calls of the AWS SDK and `fetch`.
 */
export class World {
  readonly #choices: Choices;
  readonly #kind: WorldKind;
  readonly #queue = new EventQueue(START_MS);
  readonly #faults: FaultPlan;
  readonly #crashes: RotationCrashes;
  readonly #aws: SimulatedAws;
  readonly #zoho: SimulatedZoho;
  readonly #lambda: SimulatedLambda;
  readonly #actors: Actors;
  readonly #connections: readonly WorldConnection[];
  readonly #config: RefresherConfig;
  readonly #behavior: ZohoBehavior;
  readonly #checks: readonly PromiseCheck[];
  readonly #versions = new WrittenVersions();
  readonly #calls = { aws: 0, zoho: 0 };
  readonly #endMs: number;
  readonly #startPopulation: () => void;
  readonly #onDelivered = () => {
    this.#hasDelivered = true;
  };
  #violation: Violation | undefined;
  #hasDelivered = false;

  constructor(options: WorldOptions) {
    const choices = new Choices(options.seed, options.allowed);
    this.#choices = choices;
    const queue = this.#queue;
    const trace = (text: () => string) => options.onStep?.(queue.now() - START_MS, text());
    const { store = 'secrets-manager' } = options;
    this.#kind = pickWorldKind(choices, store);
    const calmEndMs = this.#kind.calmEndMinutes * MINUTE_MS;
    const untilMs = START_MS + this.#kind.minutes * MINUTE_MS;
    this.#endMs = untilMs + calmEndMs;
    const now = () => queue.now();
    this.#faults = new FaultPlan({
      ...this.#kind,
      choices,
      store,
      now,
      endMs: this.#endMs,
      calmEndMs,
      trace,
    });
    this.#crashes = new RotationCrashes(choices, (secretName) => secretName.endsWith('/credentials'));
    this.#aws = createWorldAws({
      queue,
      choices,
      faults: this.#faults,
      crashes: this.#crashes,
      versions: this.#versions,
      store,
      connections: () => this.#connections,
      onPlanned: () => {
        this.#calls.aws += 1;
      },
      each: (report) => this.#each(report),
      trace,
    });
    const { table, secrets, sealed, kms } = this.#aws;
    this.#zoho = createWorldZoho({
      queue,
      choices,
      faults: this.#faults,
      connections: () => this.#connections,
      behavior: () => this.#behavior,
      onPlanned: () => {
        this.#calls.zoho += 1;
      },
      each: (report) => this.#each(report),
      trace,
    });
    this.#connections = createConnections(choices, this.#kind.connections, {
      secrets,
      sealed,
      zoho: this.#zoho,
    });
    connectTenants(this.#connections, table, START_MS);
    const { parkAfterDays = DEFAULT_CONFIG.parkAfterDays } = this.#kind;
    this.#config = { ...pickConfig(choices, this.#connections, store), parkAfterDays };
    this.#behavior = planBehavior({
      queue,
      choices,
      kind: this.#kind,
      connections: this.#connections,
      untilMs,
      trace,
    });
    const view = createWorldView({
      now,
      faults: this.#faults,
      table,
      secrets,
      zoho: this.#zoho,
      versions: this.#versions,
      connections: this.#connections,
      config: this.#config,
      behavior: this.#behavior,
      fleetShards: () => this.#lambda.config.fleetShards,
    });
    this.#checks = createPromiseChecks(view, (violation) => {
      trace(() => `VIOLATED ${violation.promise}: ${violation.message}`);
      this.#violation ??= violation;
    });
    this.#lambda = this.#createLambda(trace);
    const common = {
      queue,
      choices,
      kind: this.#kind,
      faults: this.#faults,
      secrets,
      sealed,
      kms,
      zoho: this.#zoho,
      table,
      lambda: this.#lambda,
      connections: this.#connections,
      untilMs,
      onDelivered: this.#onDelivered,
      onTokenInvalidated: ({ name }: WorldConnection) =>
        this.#each((check) => check.onTokenSecretChanged?.(name, 'human')),
      each: (report: (check: PromiseCheck) => void) => this.#each(report),
      trace,
    };
    this.#actors = new Actors(common);
    this.#startPopulation = () => startPopulation(common);
  }

  /** What is known of the world before it runs. */
  get plan(): WorldPlan {
    return {
      kind: this.#kind,
      config: this.#config,
      behavior: this.#behavior,
      outages: this.#faults.outages,
      faultRate: this.#faults.faultRate,
      crashesDuringRotation: this.#crashes.canHappen,
      actions: planActions(this.#choices, this.#kind, this.#connections),
      consumers: planConsumers(this.#choices, this.#kind, this.#connections),
    };
  }

  /** Runs until a promise is broken or the time is over. */
  async run(): Promise<WorldResult> {
    this.#actors.begin();
    this.#actors.plan(this.plan.actions);
    this.#actors.planDuring(this.#behavior.changes);
    this.#actors.planParking();
    this.#startPopulation();
    startSchedules({
      queue: this.#queue,
      choices: this.#choices,
      faults: this.#faults,
      kind: this.#kind,
      table: this.#aws.table,
      lambda: this.#lambda,
      connections: this.#connections,
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
    this.#queue.after(this.#kind.checkEveryMs, () => {
      this.#each((check) => check.onCheck?.());
      this.#scheduleCheck();
    });
  }

  #createLambda(trace: (text: () => string) => void): SimulatedLambda {
    return new SimulatedLambda({
      queue: this.#queue,
      choices: this.#choices,
      aws: this.#aws,
      zoho: this.#zoho,
      logger: LOGGER,
      config: this.#config,
      wrongClockRate: this.#kind.wrongClockRate,
      onDelivered: this.#onDelivered,
      onOutput: (output) => this.#each((check) => check.onOutput?.(output)),
      onInvoked: (request) => this.#each((check) => check.onRefreshRequested?.(request)),
      onReturned: (request, result, tookMs) => {
        const answer = result.kind === 'answer' ? result.answer : undefined;
        this.#each((check) => check.onRefreshAnswered?.(request, answer, tookMs));
      },
      disturb: (untilMs) => this.#faults.disturb(untilMs),
      trace,
    });
  }

  #each(report: (check: PromiseCheck) => void): void {
    for (const check of this.#checks) report(check);
  }
}

/** Lets every process run to its next wait. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
