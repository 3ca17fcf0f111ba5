import type { Clock } from '../../lambdas/core/ports.ts';
import type { RefreshDueResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import type { SchedulerStandIn } from '../aws/scheduler.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import type { ScheduleStart, ScheduleStop } from './fault-requests.ts';
import { SCHEDULE_NAME, scheduleNameOfShard } from './stack.ts';

const EVERY_MINUTE = 'rate(1 minute)';

/** A schedule of the refresher. */
export interface Schedule {
  readonly name: string;
  /** Undefined for that of declared connections. */
  readonly shard: number | undefined;
  /** Sends its event to the refresher, and returns the answer. Undefined if the schedule is disabled. */
  run(): Promise<RefreshDueResponse> | undefined;
}

/** What was stopped, and when. */
type ActiveStop = ScheduleStop & { readonly since: string };

/** The schedules of a deployment, in the stand-in of EventBridge Scheduler: that of declared connections, and one for each shard. */
export class Schedules {
  /** That of declared connections is the first. */
  readonly all: readonly [Schedule, ...Schedule[]];
  readonly #scheduler: SchedulerStandIn;
  readonly #clock: Clock;
  #stops: ActiveStop[] = [];

  /** Deploys them. */
  constructor(scheduler: SchedulerStandIn, deployment: LocalDeployment<Clock>) {
    this.#scheduler = scheduler;
    this.#clock = deployment.clock;
    const isEnabled = (name: string) => scheduler.find(name)?.state === 'ENABLED';
    const shards = Array.from({ length: deployment.config.fleetShards ?? 0 }, (_, shard): Schedule => {
      const name = scheduleNameOfShard(shard);
      return { name, shard, run: () => (isEnabled(name) ? deployment.tickShard(shard) : undefined) };
    });
    const ofDeclared: Schedule = {
      name: SCHEDULE_NAME,
      shard: undefined,
      run: () => (isEnabled(SCHEDULE_NAME) ? deployment.tick() : undefined),
    };
    this.all = [ofDeclared, ...shards];
    for (const { name } of this.all) scheduler.deploy({ name, expression: EVERY_MINUTE });
  }

  /** What is stopped, the oldest first. */
  get stops(): readonly ActiveStop[] {
    return this.#stops;
  }

  /** Throws an error that says so if there is no such shard. */
  stop(stop: ScheduleStop): ActiveStop {
    if (stop.kind === 'stop-shard') this.#requireShard(stop.shard);
    const since = new Date(this.#clock.now()).toISOString();
    const active = { ...stop, since };
    this.#change((stops) => [...stops, active]);
    return active;
  }

  /** Returns how many stops that undid. What another one stops stays stopped. */
  start(start: ScheduleStart): number {
    if (start.kind === 'start-shard') this.#requireShard(start.shard);
    const isUndone = (stop: ScheduleStop) =>
      start.kind === 'start-refresher'
        ? stop.kind === 'stop-refresher'
        : stop.kind === 'stop-shard' && stop.shard === start.shard;
    return this.#change((stops) => stops.filter((stop) => !isUndone(stop)));
  }

  /** Undoes every stop. Returns how many there were. */
  startAll(): number {
    return this.#change(() => []);
  }

  #requireShard(shard: number): void {
    const shards = this.all.length - 1;
    if (shard < shards) return;
    throw new Error(
      `There is no shard ${shard}. This sandbox has ${shards === 0 ? 'none' : `the shards 0 to ${shards - 1}`}: choose the number with npm start -- --serve --fleet-shards N.`,
    );
  }

  /** Sets the states of the schedules that the change concerns. Others may have been disabled in another way. */
  #change(next: (stops: readonly ActiveStop[]) => ActiveStop[]): number {
    const before = this.#stops;
    this.#stops = next(before);
    for (const schedule of this.all) {
      const wasStopped = before.some((stop) => concerns(stop, schedule));
      const isStopped = this.#stops.some((stop) => concerns(stop, schedule));
      const state = isStopped ? 'DISABLED' : 'ENABLED';
      if (isStopped !== wasStopped)
        this.#scheduler.deploy({ name: schedule.name, expression: EVERY_MINUTE, state });
    }
    return before.length - this.#stops.length;
  }
}

function concerns(stop: ScheduleStop, { shard }: Schedule): boolean {
  return stop.kind === 'stop-refresher' || stop.shard === shard;
}
