import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';

export interface ScheduleOptions {
  /** Of the names of its ticks. @default none */
  readonly prefix?: string;
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly faults: FaultPlan;
  readonly tick: () => void;
  /** Only every nth tick that finds nothing due is fired. */
  readonly idleTicksFired: number;
  /** Nothing is due, and no index shows anything as due. */
  readonly isIdle: () => boolean;
  /** Whether the schedule does not exist now. @default it always does */
  readonly isOff?: () => boolean;
}

const MINUTE_MS = 60_000;

/** EventBridge Scheduler: a tick every minute, which can be lost, late or delivered twice. */
export function startSchedule({
  queue,
  choices,
  faults,
  tick,
  isIdle,
  idleTicksFired,
  prefix = '',
  isOff = () => false,
}: ScheduleOptions): void {
  const fire = (count: number) => {
    queue.after(MINUTE_MS, () => fire(count + 1));
    if (isOff()) return;
    if (isIdle() && count % idleTicksFired !== 0) return;
    const name = `${prefix}tick ${count}`;
    const isLost = faults.occurs(`${name} lost`, 2);
    const delayMs = faults.occurs(`${name} late`, 2) ? choices.between(`${name} delay`, 1, 180_000) : 0;
    if (isLost || delayMs > 0) faults.disturb(queue.now() + delayMs);
    if (!isLost) queue.after(delayMs, tick);
    if (faults.occurs(`${name} twice`, 3)) queue.after(choices.between(`${name} again`, 0, 90_000), tick);
  };
  queue.after(choices.between(`first ${prefix}tick`, 0, MINUTE_MS), () => fire(0));
}
