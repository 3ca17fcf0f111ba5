import { DEFAULT_PARK_AFTER_DAYS, isParked } from '../../lambdas/core/connection/parking.ts';
import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { createAlarmEvaluator } from '../../sandbox/alarms/alarm-evaluator.ts';
import { OwnMetricsOfAws } from '../../sandbox/alarms/own-metrics-of-aws.ts';
import { MetricStore } from '../../sandbox/aws/metric-store.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { addMetricLine } from '../../sandbox/deployment/metric-log.ts';
import { FleetInMemory } from './fleet-in-memory.ts';
import { DRILL_CONNECTIONS } from './monitored-deployment.ts';
import { blocked, OnCall, recovered } from './on-call.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5, 9);
const MINUTES_A_DAY = 24 * 60;
const TENANTS = 498;
const REVOKED = 20;
const ONE_FAILURE_IN = 200;
const THROTTLED = 'tenant-497';
const FAILING = 'tenant-498';

/** How a fleet fared over some days. */
export interface FleetMonthResult {
  readonly days: number;
  readonly connections: number;
  readonly refreshes: number;
  /** Requests that failed for a reason that passes. */
  readonly noise: number;
  /** Tenants that were blocked for so long that the refresher looks at them rarely. */
  readonly parked: number;
  /** Why it failed; empty when it passed. */
  readonly problems: readonly string[];
  /** Notifications and alarms that reached on-call over the whole story. */
  readonly pages: number;
  readonly tickets: number;
}

/**
 * A fleet of 500, of which 20 tenants revoke on different days and never return. That pages no one and is one ticket for each, by
 * name. At the end a declared connection is revoked, which pages once, by name; then the schedule stops, which pages once; then all
 * of it is fixed, the tenants among it.
 */
export async function runFleetMonth(
  definitions: readonly AlarmDefinition[],
  days: number,
  onDay: (day: number) => void,
): Promise<FleetMonthResult> {
  const story = new FleetStory(definitions);
  const { fleet, tenants } = story;
  fleet.oneFailureIn = ONE_FAILURE_IN;
  // One tenant that Zoho throttles all the time, and one whose refreshes always fail: neither may hold an alarm.
  fleet.answerAlways(THROTTLED, { status: 400, body: '{"error":"Access Denied","status":"failure"}' });
  fleet.answerAlways(FAILING, { status: 503, body: '<html></html>' });
  const gone = tenants.slice(0, REVOKED);
  // On different days and at different times, in all but the last fifth of the days.
  const everyMinutes = Math.floor((days * MINUTES_A_DAY * 0.8) / REVOKED);
  for (let minute = 0; minute < days * MINUTES_A_DAY; minute += 1) {
    if (minute % everyMinutes === 0) {
      const next = gone[minute / everyMinutes];
      if (next !== undefined) fleet.revoke(next);
    }
    // Its consumers go on calling.
    const revoked = gone.slice(0, Math.floor(minute / everyMinutes) + 1);
    if (minute % 60 === 30) for (const name of revoked) await fleet.reportRejected(name);
    await story.minute();
    if (minute % MINUTES_A_DAY === MINUTES_A_DAY - 1) onDay((minute + 1) / MINUTES_A_DAY);
  }
  const parked = story.countParked();
  const problems = [
    parked === parkedAfter(days, everyMinutes) ? [] : [`${parked} tenants are parked`],
    story.expect('the tenants that never return', { ticket: gone.map(blocked) }),
  ];

  fleet.revoke('crm-prod');
  await story.run(90);
  problems.push(story.expect('a declared connection that is revoked', { page: [blocked('crm-prod')] }));

  story.scheduleIsDisabled = true;
  await story.run(15);
  problems.push(story.expect('a schedule that stops', { page: ['ALARM: page'] }));

  story.scheduleIsDisabled = false;
  for (const name of ['crm-prod', ...gone]) await fleet.authorize(name);
  await story.run(6 * 60);
  problems.push(
    story.expect('the end', { page: [recovered('crm-prod'), 'OK: page'], ticket: gone.map(recovered) }),
    story.alarmsThatLast().map((alarm) => `the end: ${alarm} lasts`),
  );
  const { requests, noise } = fleet.counts;
  return {
    ...{ days, connections: tenants.length + Object.keys(DRILL_CONNECTIONS).length },
    ...{ refreshes: requests, noise, parked, problems: problems.flat() },
    ...story.countSent(),
  };
}

/** How many of the tenants were revoked more than the days of parking before the end, and a little: a refusal is confirmed first. */
function parkedAfter(days: number, everyMinutes: number): number {
  const lastMinute = (days - DEFAULT_PARK_AFTER_DAYS) * MINUTES_A_DAY - 60;
  return lastMinute < 0 ? 0 : Math.min(REVOKED, Math.floor(lastMinute / everyMinutes) + 1);
}

/** The fleet, its alarms, and what on-call gets. */
class FleetStory {
  readonly tenants = Array.from(
    { length: TENANTS },
    (_, index) => `tenant-${String(index + 1).padStart(3, '0')}`,
  );
  readonly fleet: FleetInMemory;
  scheduleIsDisabled = false;
  readonly #clock = new ManualClock(START_MS);
  readonly #definitions: readonly AlarmDefinition[];
  readonly #ofAws: OwnMetricsOfAws;
  readonly #alarms: ReturnType<typeof createAlarmEvaluator>;
  readonly #onCall: OnCall;
  #notified = 0;

  constructor(definitions: readonly AlarmDefinition[]) {
    const metrics = new MetricStore();
    this.#definitions = definitions;
    this.#onCall = new OnCall(definitions);
    this.#ofAws = new OwnMetricsOfAws(definitions, metrics);
    this.#alarms = createAlarmEvaluator(definitions, metrics);
    this.fleet = new FleetInMemory({
      clock: this.#clock,
      declared: DRILL_CONNECTIONS,
      tenants: this.tenants,
      writeMetricLine: (line) => addMetricLine(metrics, line),
    });
  }

  async run(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) await this.minute();
  }

  /** A tick, the metrics of AWS, and the alarms. */
  async minute(): Promise<void> {
    this.#clock.advance(MINUTE_MS / 2);
    if (!this.scheduleIsDisabled) {
      await this.fleet.tick();
      this.#ofAws.measureInvocation({ failed: false }, this.#clock.now());
    }
    this.#ofAws.measureUndelivered(0, this.#clock.now());
    this.#clock.advance(MINUTE_MS / 2);
    for (const { level, subject } of this.fleet.notified.slice(this.#notified))
      this.#onCall.notified(level, subject);
    this.#notified = this.fleet.notified.length;
    for (const change of this.#alarms.evaluate(this.#clock.now()))
      if (change.from !== 'INSUFFICIENT_DATA') this.#onCall.changed(change);
  }

  /** What is wrong with what the topics got since the last call. */
  expect(when: string, expected: Parameters<OnCall['differencesFrom']>[0]): string[] {
    return this.#onCall.differencesFrom(expected).map((problem) => `${when}: ${problem}`);
  }

  countSent() {
    const { page, ticket } = this.#onCall.sent;
    return { pages: page.length, tickets: ticket.length };
  }

  countParked(): number {
    const parkAfterMs = DEFAULT_PARK_AFTER_DAYS * MINUTES_A_DAY * MINUTE_MS;
    return this.fleet.count((row) => isParked(row, parkAfterMs, this.#clock.now()));
  }

  alarmsThatLast(): string[] {
    return this.#definitions.map(({ name }) => name).filter((name) => this.#alarms.stateOf(name) === 'ALARM');
  }
}
