import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { Weather } from './fault-plan.ts';

export interface ScheduleOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly weather: Weather;
  readonly tick: () => void;
  /** Nothing is due, and no index can think so. */
  readonly isIdle: () => boolean;
}

/** Of the ticks that find nothing to do, only each of this number is fired: the others would cost time and show nothing. */
const IDLE_TICKS_FIRED = 5;

const MINUTE_MS = 60_000;

/** EventBridge Scheduler: once a minute, at least once, most of the time in time. */
export function startSchedule({ queue, choices, weather, tick, isIdle }: ScheduleOptions): void {
  const fire = (count: number) => {
    queue.after(MINUTE_MS, () => fire(count + 1));
    if (isIdle() && count % IDLE_TICKS_FIRED !== 0) return;
    const name = `tick ${count}`;
    const isLost = weather.strikes(`${name} lost`, 2);
    const delayMs = weather.strikes(`${name} late`, 2) ? choices.between(`${name} delay`, 1, 180_000) : 0;
    if (isLost || delayMs > 0) weather.disturb(queue.now() + delayMs);
    if (!isLost) queue.after(delayMs, tick);
    if (weather.strikes(`${name} twice`, 3)) queue.after(choices.between(`${name} again`, 0, 90_000), tick);
  };
  queue.after(choices.between('first tick', 0, MINUTE_MS), () => fire(0));
}
