import type { Life } from '../../../lambdas/core/refresh/tick-plan.ts';
import type { Environment } from './environment.ts';
import type { ModelUsage } from './model-usage.ts';

/** What a tick works on. */
export interface TickWork {
  readonly connections: number;
  /** Lists that its queries read side by side. */
  readonly lists: number;
  readonly rowBytes: number;
  readonly random: () => number;
  readonly usage: ModelUsage;
  renew(index: number, startedAtMs: number, environment: Environment, planMs: (life: Life) => number): number;
  look(index: number, startedAtMs: number): number;
  plannedByTick(startedAtMs: number): Map<number, number>;
}
