import { createHeldMetrics } from '../../lambdas/client/metrics/client-metrics.ts';
import { createEmfDelivery } from '../../lambdas/client/metrics/emf-delivery.ts';
import type { RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import {
  type AlarmEvaluator,
  createAlarmEvaluator,
  type StateChange,
} from '../../sandbox/alarms/alarm-evaluator.ts';
import { OwnMetricsOfAws } from '../../sandbox/alarms/own-metrics-of-aws.ts';
import { synthesizeAlarms } from '../../sandbox/alarms/synthesized-alarms.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type Authorization, LocalDeployment, TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { addMetricLine } from '../../sandbox/deployment/metric-log.ts';
import { METRICS_SOURCE, metricsOf } from '../support/put-metric-data.ts';
import { LateMetrics } from './late-metrics.ts';
import { OnCall } from './on-call.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5, 9);
const CALLS_A_MINUTE = 30;

/** Two connections of a stack, with consumers that call Zoho all the time. */
export const DRILL_CONNECTIONS = {
  'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] },
  'desk-us': { dataCenter: 'us', scopes: ['Desk.tickets.ALL'] },
} as const;
export type DrillConnection = keyof typeof DRILL_CONNECTIONS;
const NAMES = Object.keys(DRILL_CONNECTIONS) as DrillConnection[];

/** None at first. */
function noFaults() {
  return {
    scheduleIsDisabled: false,
    handlerCrashes: false,
    /** CloudWatch Logs extracts no metrics from the log. Those that Lambda itself measures are complete. */
    logMetricsAreLost: false,
    /** How late CloudWatch shows the metrics of the log, and those that AWS itself publishes. */
    logMetricsAreLateMs: 0,
    metricsOfAwsAreLateMs: 0,
    /** How far the clock of the refresher's machine is ahead. */
    clockIsAheadMs: 0,
    undelivered: 0,
    rejectOneCallIn: 0,
    areStray401sReported: false,
  };
}
type Faults = ReturnType<typeof noFaults>;

/**
 * A deployment, its metrics, and the alarms of its synthesized template, which are evaluated over the metrics. The refresher,
 * its metrics and the definitions of the alarms are real. AWS and Zoho are simulated, and so are the metrics that AWS itself
 * publishes about a function and a queue.
 */
export class MonitoredDeployment {
  readonly deployment: LocalDeployment;
  readonly #alarms: AlarmEvaluator;
  readonly #definitions: ReadonlyMap<string, AlarmDefinition>;
  readonly #metrics: ReadonlyMap<DrillConnection, ReturnType<typeof metricsOf>>;
  readonly #ofAws: OwnMetricsOfAws;
  /** What on-call gets. */
  readonly onCall: OnCall;
  #handler: RefresherHandler;
  readonly #late: LateMetrics;
  #published = 0;
  readonly #authorizations = new Map<DrillConnection, Authorization>();
  /** Faults of the parts around the refresher. */
  readonly faults: Faults;
  /** Calls of Zoho since the start, and how many of them got a 401 although their token was valid. */
  readonly consumed = { calls: 0, stray401s: 0 };

  private constructor(
    deployment: LocalDeployment,
    parts: { metrics: LateMetrics; definitions: readonly AlarmDefinition[]; faults: Faults },
  ) {
    this.deployment = deployment;
    this.faults = parts.faults;
    this.#definitions = new Map(parts.definitions.map((definition) => [definition.name, definition]));
    this.#late = parts.metrics;
    this.onCall = new OnCall(parts.definitions);
    this.#handler = this.#compose();
    this.#alarms = createAlarmEvaluator(parts.definitions, parts.metrics);
    this.#ofAws = new OwnMetricsOfAws(parts.definitions, parts.metrics);
    this.#metrics = new Map(
      NAMES.map((connection) => {
        const warn = () => {};
        const delivery = createEmfDelivery((line) => addMetricLine(parts.metrics, line), warn);
        const held = createHeldMetrics({ delivery, now: () => deployment.clock.now(), warn });
        return [connection, metricsOf(held, { ...METRICS_SOURCE, connection })];
      }),
    );
  }

  /** Starts a deployment and runs it for 15 healthy minutes. */
  static async start(definitions: readonly AlarmDefinition[]): Promise<MonitoredDeployment> {
    const drill = await MonitoredDeployment.deploy(definitions);
    for (const name of NAMES) drill.authorize(name);
    await drill.run(15);
    return drill;
  }

  /** A first deployment, before the first tick. No connection is authorized. */
  static async deploy(definitions: readonly AlarmDefinition[]): Promise<MonitoredDeployment> {
    const faults = noFaults();
    const metrics = new LateMetrics(({ namespace }) =>
      namespace.startsWith('AWS/') ? faults.metricsOfAwsAreLateMs : faults.logMetricsAreLateMs,
    );
    const deployment = await LocalDeployment.startOn(new ManualClock(START_MS), {
      connections: DRILL_CONNECTIONS,
      onMetricLine: (line) => {
        if (!faults.logMetricsAreLost) addMetricLine(metrics, line);
      },
    });
    return new MonitoredDeployment(deployment, { metrics, definitions, faults });
  }

  /** Stores the refresh token of a new consent in the credentials secret, with the same client. */
  authorize(name: DrillConnection): void {
    this.#authorizations.set(name, this.deployment.authorize(name, this.#authorizations.get(name)));
  }

  authorizationOf(name: DrillConnection): Authorization {
    const authorization = this.#authorizations.get(name);
    if (authorization === undefined) throw new Error(`${name} was never authorized.`);
    return authorization;
  }

  /** Runs minutes: a tick, consumers' calls, the metrics of AWS, and the alarms. Stops early when `until` returns true. */
  async run(
    minutes: number,
    until: (changes: readonly StateChange[]) => boolean = () => false,
  ): Promise<StateChange[]> {
    const all: StateChange[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      this.deployment.clock.advance(MINUTE_MS / 2);
      await this.#tick();
      await this.#callZoho();
      this.#ofAws.measureUndelivered(this.faults.undelivered, this.nowMs());
      this.deployment.clock.advance(MINUTE_MS / 2);
      this.#late.showUntil(this.nowMs());
      const changes = this.#alarms.evaluate(this.nowMs());
      this.#tellOnCall(changes);
      all.push(...changes);
      if (until(changes)) break;
    }
    return all;
  }

  /** How often alarms notified the page topic when they went off, by the alarm. */
  pagesIn(changes: readonly StateChange[]): readonly string[] {
    return changes.flatMap(({ alarm, to }) => {
      const actions = this.#definitions.get(alarm)?.actions[to] ?? [];
      return to === 'ALARM' && actions.some((arn) => /PageTopic/.test(arn)) ? [alarm] : [];
    });
  }

  /** Replaces the function, as a deployment does: the next invocation has an environment that knows nothing. */
  redeploy(): void {
    this.#handler = this.#compose();
  }

  stateOf(alarm: string) {
    return this.#alarms.stateOf(alarm);
  }

  nowMs(): number {
    return this.deployment.clock.now();
  }

  async close(): Promise<void> {
    await this.deployment.close();
  }

  /** A refresher on a machine with a clock that may be wrong. */
  #compose(): RefresherHandler {
    const { clock } = this.deployment;
    return this.deployment.compose({
      clock: {
        now: () => clock.now() + this.faults.clockIsAheadMs,
        monotonic: () => clock.now(),
        abortAfter: (ms) => clock.abortAfter(ms),
      },
    });
  }

  #tellOnCall(changes: readonly StateChange[]): void {
    const { messages } = this.deployment.aws.sns;
    for (const { topic, subject = '' } of messages.slice(this.#published))
      this.onCall.notified(topic === TOPICS.page ? 'page' : 'ticket', subject);
    this.#published = messages.length;
    for (const change of changes) if (change.from !== 'INSUFFICIENT_DATA') this.onCall.changed(change);
  }

  async #tick(): Promise<void> {
    if (this.faults.scheduleIsDisabled) return;
    const hasFailed = () => true;
    const failed =
      this.faults.handlerCrashes || (await this.deployment.tick(this.#handler).then(() => false, hasFailed));
    this.#ofAws.measureInvocation({ failed }, this.nowMs());
  }

  /**
   * Every consumer uses the token that it reads, and requests a refresh after a rejected call, as the client library does. It does not
   * call Zoho with a token that has expired.
   */
  async #callZoho(): Promise<void> {
    for (const name of NAMES) {
      const token = this.deployment.readToken(name);
      if (token === undefined) continue;
      let isRejected = Date.parse(token.expires_at) <= this.nowMs();
      const calls = isRejected ? 0 : CALLS_A_MINUTE;
      for (let call = 0; call < calls; call += 1) {
        this.consumed.calls += 1;
        const { rejectOneCallIn } = this.faults;
        const isInvalid = !this.deployment.zoho.isValid(token.access_token);
        const isStray = !isInvalid && rejectOneCallIn > 0 && this.consumed.calls % rejectOneCallIn === 0;
        if (isStray) this.consumed.stray401s += 1;
        isRejected ||= isInvalid || (isStray && this.faults.areStray401sReported);
        this.#metrics.get(name)?.recordCall(isInvalid || isStray);
      }
      if (isRejected && !this.faults.handlerCrashes) {
        await this.deployment.refresh(
          name,
          { reason: 'unauthorized', rejectedGeneration: token.generation },
          this.#handler,
        );
      }
    }
    for (const metrics of this.#metrics.values()) await metrics.flush();
  }
}

/** The alarms of the stack with the drill's connections. */
export function readDrillAlarms(): AlarmDefinition[] {
  return synthesizeAlarms(DRILL_CONNECTIONS);
}
