import { ClientMetrics } from '../../lambdas/client/metrics/client-metrics.ts';
import { createEmfDelivery } from '../../lambdas/client/metrics/emf-delivery.ts';
import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import {
  type AlarmEvaluator,
  createAlarmEvaluator,
  type StateChange,
} from '../../sandbox/alarms/alarm-evaluator.ts';
import { OwnMetricsOfAws } from '../../sandbox/alarms/own-metrics-of-aws.ts';
import { synthesizeAlarms } from '../../sandbox/alarms/synthesized-alarms.ts';
import { MetricStore } from '../../sandbox/aws/metric-store.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { addMetricLine } from '../../sandbox/deployment/metric-log.ts';

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

/**
 * The deployed system, its metrics, and the alarms of its own synthesized template over them. The refresher, its metrics
 * and the alarms' definitions are real; AWS and Zoho are simulated, and what AWS itself measures of a function and a queue is
 * written down as AWS would.
 */
export class DrillWorld {
  readonly world: LocalDeployment;
  readonly #alarms: AlarmEvaluator;
  readonly #metrics: ReadonlyMap<DrillConnection, ClientMetrics>;
  readonly #ofAws: OwnMetricsOfAws;
  readonly #authorizations = new Map<DrillConnection, Authorization>();
  /** What is wrong with the parts around the refresher. */
  readonly trouble = { scheduleIsOff: false, handlerCrashes: false, undelivered: 0, oneInCallsIsRejected: 0 };
  #called = 0;
  #stray401s = 0;

  private constructor(
    world: LocalDeployment,
    parts: { metrics: MetricStore; definitions: readonly AlarmDefinition[] },
  ) {
    this.world = world;
    this.#alarms = createAlarmEvaluator(parts.definitions, parts.metrics);
    this.#ofAws = new OwnMetricsOfAws(parts.definitions, parts.metrics);
    this.#metrics = new Map(
      NAMES.map((connection) => {
        const source = { secretPrefix: 'zoho', connection, warn: () => {} };
        const delivery = createEmfDelivery(source, (line) => addMetricLine(parts.metrics, line));
        return [connection, new ClientMetrics({ delivery, now: () => world.clock.now(), warn: source.warn })];
      }),
    );
  }

  /** A world that has been well for a quarter of an hour. */
  static async start(definitions: readonly AlarmDefinition[] = readDrillAlarms()): Promise<DrillWorld> {
    const metrics = new MetricStore();
    const world = await LocalDeployment.startOn(new ManualClock(START_MS), {
      connections: DRILL_CONNECTIONS,
      onMetricLine: (line) => addMetricLine(metrics, line),
    });
    const drill = new DrillWorld(world, { metrics, definitions });
    for (const name of NAMES) drill.authorize(name);
    await drill.run(15);
    return drill;
  }

  /** A consent whose refresh token is put into the credentials secret, with the client of before. */
  authorize(name: DrillConnection): void {
    this.#authorizations.set(name, this.world.authorize(name, this.#authorizations.get(name)));
  }

  authorizationOf(name: DrillConnection): Authorization {
    const authorization = this.#authorizations.get(name);
    if (authorization === undefined) throw new Error(`${name} was never authorized.`);
    return authorization;
  }

  /** Minutes as they pass: a tick, consumers' calls, what AWS measures, and the alarms. Ends early when `until` is met. */
  async run(
    minutes: number,
    until: (changes: readonly StateChange[]) => boolean = () => false,
  ): Promise<StateChange[]> {
    const all: StateChange[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      this.world.clock.advance(MINUTE_MS / 2);
      await this.#tick();
      await this.#callZoho();
      this.#ofAws.measureUndelivered(this.trouble.undelivered, this.nowMs());
      this.world.clock.advance(MINUTE_MS / 2);
      const changes = this.#alarms.evaluate(this.world.clock.now());
      all.push(...changes);
      if (until(changes)) break;
    }
    return all;
  }

  stateOf(alarm: string) {
    return this.#alarms.stateOf(alarm);
  }

  /** What consumers did since the start: calls of Zoho, and how many of them got a 401 though their token was valid. */
  consumed(): { readonly calls: number; readonly stray401s: number } {
    return { calls: this.#called, stray401s: this.#stray401s };
  }

  nowMs(): number {
    return this.world.clock.now();
  }

  async close(): Promise<void> {
    await this.world.close();
  }

  async #tick(): Promise<void> {
    if (this.trouble.scheduleIsOff) return;
    const failed = this.trouble.handlerCrashes || !(await this.#runHandler());
    this.#ofAws.measureInvocation({ failed }, this.nowMs());
  }

  /** False when the invocation failed: the runtime says so to Lambda, which counts it. */
  async #runHandler(): Promise<boolean> {
    try {
      await this.world.tick();
      return true;
    } catch {
      return false;
    }
  }

  /** Every consumer uses what it reads; a rejected call asks for a refresh, as the client library does. */
  async #callZoho(): Promise<void> {
    for (const name of NAMES) {
      const token = this.world.readToken(name);
      if (token === undefined) continue;
      let isRejected = false;
      for (let call = 0; call < CALLS_A_MINUTE; call += 1) {
        this.#called += 1;
        const { oneInCallsIsRejected } = this.trouble;
        const isInvalid = !this.world.zoho.isValid(token.access_token);
        const isStray = !isInvalid && oneInCallsIsRejected > 0 && this.#called % oneInCallsIsRejected === 0;
        if (isStray) this.#stray401s += 1;
        isRejected ||= isInvalid;
        this.#metrics.get(name)?.recordCall({ unauthorized: isInvalid || isStray });
      }
      if (isRejected && !this.trouble.handlerCrashes) {
        await this.world.refresh(name, { reason: 'unauthorized', rejectedGeneration: token.generation });
      }
    }
    for (const metrics of this.#metrics.values()) await metrics.flush();
  }
}

/** The alarms that are drilled. */
export function readDrillAlarms(): AlarmDefinition[] {
  return synthesizeAlarms(DRILL_CONNECTIONS);
}
