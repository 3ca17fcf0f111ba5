import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { API_FAULTS, type ApiCallPlan, answeredByApi } from './api-faults.ts';
import { AWS_FAULTS, AWS_OUTAGE_FAULTS, answeredByAws } from './aws-faults.ts';
import { type CallPlan, type Crash, drawerFor, lengthOf, pickFault } from './call-plan.ts';
import type { Choices } from './choices.ts';
import {
  type ConsumerService,
  HANGS,
  hits,
  isDuring,
  type Outage,
  planConsumerOutage,
  planOutage,
  planTopicOutage,
  type Service,
} from './outages.ts';
import type { AwsServiceName } from './simulated-aws.ts';
import { answeredByZoho, ZOHO_FAULTS, type ZohoCallPlan } from './zoho-faults.ts';

/** A period in which single calls fail, and one service may fail altogether. */
interface Phase {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Share of the calls that a fault is injected into. */
  readonly faultRate: number;
  readonly outage: Outage | undefined;
  /** An outage that only consumers notice, e.g. of their network. */
  readonly consumerOutage: Outage | undefined;
  /** An outage of SNS, which only notifications notice. */
  readonly topicOutage: Outage | undefined;
}

export interface FaultPlanOptions {
  readonly choices: Choices;
  readonly store: SecretStoreName;
  readonly now: () => number;
  readonly endMs: number;
  /** No faults are injected in the last minutes of a run, which shows whether everything recovers. */
  readonly calmEndMs: number;
  /** Least and greatest length of a period, in minutes. */
  readonly phaseMinutes: readonly [number, number];
  readonly faultRates: readonly [number, ...number[]];
  readonly trace: (text: () => string) => void;
}

const MINUTE_MS = 60_000;

/** Plans every call: periods with and without faults take turns. */
export class FaultPlan {
  readonly #options: FaultPlanOptions;
  readonly #phases: readonly Phase[];
  #disturbedUntilMs: number;
  #topicsDisturbedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: FaultPlanOptions) {
    this.#options = options;
    this.#phases = planPhases(options);
    this.#disturbedUntilMs = options.now();
  }

  /** When the last disturbance ends. In the future while effects of it are still to come. */
  get calmSinceMs(): number {
    return this.#disturbedUntilMs;
  }

  /** The same for notifications. */
  get topicsCalmSinceMs(): number {
    return Math.max(this.#disturbedUntilMs, this.#topicsDisturbedUntilMs);
  }

  /** Records that something happened that the system may need time to recover from. */
  disturb(untilMs: number): void {
    this.#disturbedUntilMs = Math.max(this.#disturbedUntilMs, untilMs);
  }

  /** All planned outages. */
  get outages(): readonly Outage[] {
    return this.#phases.flatMap(({ outage, consumerOutage, topicOutage }) =>
      [outage, consumerOutage, topicOutage].filter((each) => each !== undefined),
    );
  }

  /** The greatest share of calls that a fault is injected into. */
  get faultRate(): number {
    return Math.max(0, ...this.#phases.map(({ faultRate }) => faultRate));
  }

  /** Whether DynamoDB accepts calls now and answers none. */
  get isTableHanging(): boolean {
    const outage = this.#phaseNow()?.outage;
    const isNow = outage !== undefined && isDuring(outage, this.#options.now());
    return isNow && outage.service === 'dynamodb' && outage.fault === HANGS;
  }

  planAws(call: string, service: AwsServiceName): CallPlan {
    const between = drawerFor(this.#options.choices, call);
    const topicFault = service === 'sns' ? this.#topicFault() : undefined;
    if (topicFault !== undefined) {
      const planned = { fault: topicFault, ...(AWS_FAULTS[topicFault]?.[1] ?? answeredByAws)(between) };
      this.#topicsDisturbedUntilMs = this.#options.now() + lengthOf(planned);
      this.#options.trace(() => `${call}: ${topicFault}`);
      return planned;
    }
    const fault = this.#faultFor(call, service, () =>
      pickFault(AWS_FAULTS, this.#options.choices.draw(`${call} kind`)),
    );
    const plan = (fault === undefined ? undefined : AWS_OUTAGE_FAULTS[fault])?.[1] ?? answeredByAws;
    return this.#record(call, { fault, ...plan(between) });
  }

  /** A call of AWS during which the process crashes. */
  planCrash(call: string, { fault, crash }: { readonly fault: string; readonly crash: Crash }): CallPlan {
    return this.#record(call, { fault, ...answeredByAws(drawerFor(this.#options.choices, call)), crash });
  }

  /** Whether no more faults are injected. */
  get isOver(): boolean {
    return this.#phaseNow() === undefined;
  }

  planZoho(call: string): ZohoCallPlan {
    const between = drawerFor(this.#options.choices, call);
    const fault = this.#faultFor(call, 'zoho', () =>
      pickFault(ZOHO_FAULTS, this.#options.choices.draw(`${call} kind`)),
    );
    const plan = (fault === undefined ? undefined : ZOHO_FAULTS[fault])?.[1] ?? answeredByZoho;
    return this.#record(call, { fault, ...plan(between) });
  }

  /** A call of a consumer's process. Its faults disturb nothing but this process. */
  planConsumer(call: string, service: ConsumerService): ApiCallPlan {
    const { choices, trace } = this.#options;
    const between = drawerFor(choices, call);
    const table = service === 'api' ? API_FAULTS : AWS_FAULTS;
    const fault = this.#consumerFaultFor(call, service, () => pickFault(table, choices.draw(`${call} kind`)));
    if (fault !== undefined) trace(() => `${call}: ${fault}`);
    const regular = service === 'api' ? answeredByApi : answeredByAws;
    const plan = (fault === undefined ? undefined : table[fault])?.[1] ?? regular;
    return { fault, ...plan(between) };
  }

  /** Whether an incident happens now. `weight` multiplies the fault rate of the period. */
  occurs(name: string, weight = 1): boolean {
    return this.#options.choices.happens(name, (this.#phaseNow()?.faultRate ?? 0) * weight);
  }

  /** How long an index takes to show a write: at most half a second without a fault. */
  indexLagMs(name: string): number {
    const { choices, now } = this.#options;
    if (!this.occurs(name)) return choices.between(`${name} lag`, 0, 500);
    const lagMs = choices.between(`${name} lag`, 500, 120_000);
    this.disturb(now() + lagMs);
    return lagMs;
  }

  #faultFor(call: string, service: Service, pick: () => string): string | undefined {
    const phase = this.#phaseNow();
    if (phase === undefined) return undefined;
    const { outage, faultRate } = phase;
    const now = this.#options.now();
    if (outage !== undefined && hits(outage, service) && isDuring(outage, now)) return outage.fault;
    return this.#options.choices.happens(`${call} fault`, faultRate) ? pick() : undefined;
  }

  #topicFault(): string | undefined {
    const outage = this.#phaseNow()?.topicOutage;
    const now = this.#options.now();
    return outage !== undefined && isDuring(outage, now) ? outage.fault : undefined;
  }

  #consumerFaultFor(call: string, service: ConsumerService, pick: () => string): string | undefined {
    const phase = this.#phaseNow();
    if (phase === undefined) return undefined;
    const now = this.#options.now();
    const outages = service === 'api' ? [] : [phase.outage, phase.consumerOutage];
    const outage = outages.find((each) => each?.service === service && isDuring(each, now));
    if (outage !== undefined) return outage.fault;
    return this.#options.choices.happens(`${call} fault`, phase.faultRate) ? pick() : undefined;
  }

  #record<Plan extends CallPlan>(call: string, plan: Plan): Plan {
    if (plan.fault !== undefined) {
      this.disturb(this.#options.now() + lengthOf(plan));
      this.#options.trace(() => `${call}: ${plan.fault}`);
    }
    return plan;
  }

  #phaseNow(): Phase | undefined {
    const now = this.#options.now();
    return this.#phases.find(({ fromMs, untilMs }) => fromMs <= now && now < untilMs);
  }
}

function planPhases({ choices, store, now, endMs, calmEndMs, ...options }: FaultPlanOptions): Phase[] {
  const [shortest, longest] = options.phaseMinutes;
  const phases: Phase[] = [];
  let fromMs = now();
  while (fromMs < endMs - calmEndMs) {
    const name = `phase ${phases.length}`;
    const untilMs = Math.min(
      fromMs + choices.between(`${name} length`, shortest, longest) * MINUTE_MS,
      endMs - calmEndMs,
    );
    const faultRate = choices.pick(`${name} rate`, options.faultRates);
    const outage = planOutage({ choices, store }, name, fromMs, untilMs);
    const consumerOutage = planConsumerOutage(choices, name, fromMs, untilMs);
    const topicOutage = planTopicOutage(choices, name, fromMs, untilMs);
    phases.push({ fromMs, untilMs, faultRate, outage, consumerOutage, topicOutage });
    fromMs = untilMs;
  }
  return phases;
}
