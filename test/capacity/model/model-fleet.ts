import { transientBackoffMs } from '../../../lambdas/core/refresh/renewal-times.ts';
import type { Life } from '../../../lambdas/core/refresh/tick-plan.ts';
import { seededRandom } from '../../../sandbox/deployment/random.ts';
import type { Fleet } from '../fleet.ts';
import {
  dataCenterOf,
  delayOfTick,
  type FleetPlan,
  firstLookAtMs,
  HOUR_MS,
  initialTokens,
  isBlocked,
  listsOf,
  MINUTE_MS,
  moodAt,
  refusedAtMs,
  START_MS,
  type Store,
} from '../fleet-plan.ts';
import type { FleetRun } from '../fleet-run.ts';
import { Recorder } from '../recorder.ts';
import { CALL_MS } from '../region/region.ts';
import { ANSWER_MS } from '../region/zoho.ts';
import { DueList } from './due-list.ts';
import { Environment } from './environment.ts';
import { runTick, type TickRow } from './model-tick.ts';
import { ModelUsage } from './model-usage.ts';
import type { Profile } from './profile.ts';
import type { TickWork } from './tick-work.ts';

/** After so long, a call to Zoho times out. */
const TIMEOUT_MS = 10_000;
/** How often a blocked row is looked at. */
const POLL_MS = 5 * MINUTE_MS;
/** Before Zoho is asked, the lease is taken and the credentials are read, and decrypted in the second store. */
const CALLS_BEFORE: Readonly<Record<Store, number>> = { 'secrets-manager': 2, dynamodb: 3 };

/**
 * A fleet of any size without the handler around it: the rules of a tick, with the product's own functions for what they decide. What an
 * event uses comes from the real handler. It is much faster than a real fleet, which checks it in every run.
 */
export class ModelFleet implements Fleet, TickWork {
  readonly recorder: Recorder;
  readonly usage: ModelUsage;
  readonly random: () => number;
  readonly rowBytes: number;
  readonly #plan: FleetPlan;
  readonly #due: DueList;
  readonly #expiresAtMs: Float64Array;
  readonly #isBlocked: Uint8Array;
  readonly #failures: Uint8Array;
  readonly #refusedAtMs: Float64Array;
  readonly #environments: Environment[] = [];
  #ticks = 0;

  constructor(plan: FleetPlan, profile: Profile) {
    this.#plan = plan;
    this.random = seededRandom(plan.seed ?? 1);
    const tokens = initialTokens(plan, this.random);
    this.#isBlocked = Uint8Array.from(tokens, (_, index) => (isBlocked(plan, index) ? 1 : 0));
    this.#expiresAtMs = Float64Array.from(tokens, ({ expiresAtMs }, index) =>
      isBlocked(plan, index) ? 0 : expiresAtMs,
    );
    this.#failures = new Uint8Array(plan.connections);
    this.#refusedAtMs = Float64Array.from(tokens, (_, index) => refusedAtMs(index));
    this.#due = new DueList(
      Float64Array.from(tokens, ({ nextAttemptAtMs }, index) =>
        isBlocked(plan, index) ? firstLookAtMs(index) : nextAttemptAtMs,
      ),
    );
    this.recorder = new Recorder(START_MS, this.#expiresAtMs);
    this.usage = new ModelUsage(profile, listsOf(plan));
    this.rowBytes = profile.rowBytes;
  }

  /** Lists that its queries read side by side. */
  get lists(): number {
    return listsOf(this.#plan);
  }

  get connections(): number {
    return this.#plan.connections;
  }

  /** Runs the ticks that begin before this minute. */
  runTo(minute: number, onMinute: (minute: number) => void = () => {}): Promise<void> {
    for (; this.#ticks < minute; this.#ticks += 1) {
      const startedAtMs = START_MS + this.#ticks * MINUTE_MS + delayOfTick(this.random);
      const environment = this.#freeEnvironment(startedAtMs);
      const rows = this.#due.takeUntil(startedAtMs).map((index) => this.#rowOf(index, startedAtMs));
      const { endedAtMs, left } = runTick(this, environment, startedAtMs, rows);
      environment.busyUntilMs = endedAtMs;
      for (const index of left) this.#due.putBack(index);
      this.recorder.ticked(endedAtMs - startedAtMs);
      this.usage.add('tick', startedAtMs);
      onMinute(this.#ticks + 1);
    }
    return Promise.resolve();
  }

  summary(minutes: number): FleetRun {
    return this.recorder.summary(minutes, this.usage.total(), this.usage.quotas());
  }

  /** Renews the token of a row, from the time at which it starts. Returns when that has ended. */
  renew(
    index: number,
    startedAtMs: number,
    environment: Environment,
    planMs: (life: Life) => number,
  ): number {
    const askedAtMs = startedAtMs + CALLS_BEFORE[this.#plan.store] * CALL_MS;
    const dataCenter = dataCenterOf(this.#plan, index);
    this.recorder.started(askedAtMs);
    const mood = moodAt(this.#plan, dataCenter, askedAtMs);
    const isOwnFailure = mood === 'answers' && this.random() < this.#plan.transientFailures;
    const isAnswered = mood === 'answers' && !isOwnFailure;
    const endsAtMs = askedAtMs + (mood === 'hangs' ? TIMEOUT_MS : ANSWER_MS);
    const call = { connection: String(index), dataCenter, endsAtMs, isAnswered };
    environment.breaker.called(call, mood === 'hangs');
    if (isAnswered) return this.#publish(index, askedAtMs, planMs);
    if (isOwnFailure) this.recorder.failed(index);
    const failures = Math.min(255, (this.#failures[index] ?? 0) + 1);
    this.#failures[index] = failures;
    this.#due.plan(index, endsAtMs + transientBackoffMs(failures, this.random));
    this.usage.add('failure', startedAtMs);
    return endsAtMs + CALL_MS;
  }

  /** Looks at a row that is out of service. Returns when that has ended. */
  look(index: number, startedAtMs: number): number {
    // It reads the credentials and writes the row, as a lease does. Zoho is asked about them every hour.
    let endsAtMs = startedAtMs + CALLS_BEFORE[this.#plan.store] * CALL_MS;
    const asksAtMs = (this.#refusedAtMs[index] ?? 0) + HOUR_MS;
    const isAsked = asksAtMs <= endsAtMs;
    if (isAsked) {
      endsAtMs += ANSWER_MS + CALL_MS;
      this.#refusedAtMs[index] = endsAtMs;
    }
    this.#due.plan(index, isAsked ? endsAtMs + POLL_MS : Math.min(asksAtMs, endsAtMs + POLL_MS));
    this.usage.add('look', startedAtMs);
    return endsAtMs;
  }

  /** How many connections are planned for each of the coming ticks. */
  plannedByTick(startedAtMs: number): Map<number, number> {
    const planned = new Map<number, number>();
    for (let index = 0; index < this.connections; index += 1) {
      if (this.#isBlocked[index] === 1) continue;
      const tick = Math.ceil((this.#due.plannedAtMs(index) - startedAtMs) / MINUTE_MS);
      planned.set(tick, (planned.get(tick) ?? 0) + 1);
    }
    return planned;
  }

  #publish(index: number, askedAtMs: number, planMs: (life: Life) => number): number {
    // Two writes publish the token; another one commits.
    const publishedAtMs = askedAtMs + ANSWER_MS + CALL_MS;
    const life = { issuedAtMs: askedAtMs, expiresAtMs: askedAtMs + HOUR_MS };
    this.recorder.published({ index, atMs: publishedAtMs, expiresAtMs: life.expiresAtMs });
    this.#expiresAtMs[index] = life.expiresAtMs;
    this.#failures[index] = 0;
    this.#due.plan(index, planMs(life));
    this.usage.add('refresh', publishedAtMs);
    return publishedAtMs + 2 * CALL_MS;
  }

  #rowOf(index: number, nowMs: number): TickRow {
    return {
      index,
      isLook: this.#isBlocked[index] === 1,
      isUrgent: (this.#expiresAtMs[index] ?? 0) > nowMs,
      dataCenter: dataCenterOf(this.#plan, index),
    };
  }

  #freeEnvironment(nowMs: number): Environment {
    const free = this.#environments.find(({ busyUntilMs }) => busyUntilMs <= nowMs);
    if (free !== undefined) return free;
    const environment = new Environment(this.#plan.refreshesPerSecond);
    this.#environments.push(environment);
    return environment;
  }
}
