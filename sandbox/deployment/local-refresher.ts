import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lambdas/core/ports.ts';
import type { RefreshDueResponse, RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { composeRefresher, type World } from '../../lambdas/refresher/compose-refresher.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import type { RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import type { ZohoSimulator } from '../zoho/zoho-simulator.ts';
import type { ManualClock } from './clock.ts';
import { contextOf, lambdaContext } from './lambda-context.ts';
import { LogCollector } from './log-collector.ts';
import { MetricLog } from './metric-log.ts';
import { seededRandom } from './random.ts';
import { fetchThrough, type Routes, routesTo } from './zoho-router.ts';

const MINUTE_MS = 60_000;

/** What a {@link LocalRefresher} is made of. */
export interface LocalRefresherParts<OwnClock extends Clock> {
  readonly clock: OwnClock;
  readonly zoho: ZohoSimulator;
  readonly aws: World['aws'];
  readonly config: RefresherConfig;
  /** @default 1 */
  readonly seed?: number | undefined;
  readonly onLogLine?: ((line: string) => void) | undefined;
  readonly onMetricLine?: ((line: string) => void) | undefined;
}

/** The refresher's real handler with a simulated Zoho, on the AWS of the given clients. */
export class LocalRefresher<OwnClock extends Clock = ManualClock> {
  readonly clock: OwnClock;
  readonly zoho: ZohoSimulator;
  readonly config: RefresherConfig;
  readonly metrics = new MetricLog();
  readonly log: LogCollector;
  /** Where Zoho's accounts servers listen. */
  readonly routes: Routes;
  readonly handler: RefresherHandler;
  protected readonly onMetricLine: (line: string) => void;
  readonly #aws: World['aws'];
  readonly #seed: number;

  constructor({
    clock,
    zoho,
    aws,
    config,
    seed = 1,
    onLogLine,
    onMetricLine,
  }: LocalRefresherParts<OwnClock>) {
    this.clock = clock;
    this.zoho = zoho;
    this.config = config;
    this.log = new LogCollector(onLogLine);
    this.routes = routesTo(zoho);
    this.onMetricLine = (line) => {
      this.metrics.add(line);
      onMetricLine?.(line);
    };
    this.#aws = aws;
    this.#seed = seed;
    this.handler = this.compose();
  }

  /** What the refresher's composition root gets here instead of AWS, Zoho and the real clock. */
  get dependencies(): World {
    return {
      config: this.config,
      clock: this.clock,
      random: seededRandom(this.#seed),
      newLeaseOwner: randomUUID,
      aws: this.#aws,
      fetch: fetchThrough(this.routes),
      logger: this.log,
      writeMetricLine: this.onMetricLine,
    };
  }

  /** Another handler, as in another Lambda execution environment. */
  compose(changes: Partial<World> = {}): RefresherHandler {
    return composeRefresher({ ...this.dependencies, ...changes });
  }

  /** What Lambda does for a caller who invoked this ARN, with an alias or without. */
  async invoke(event: unknown, invokedFunctionArn: string): Promise<RefreshDueResponse | RefreshResponse> {
    return await this.handler(event, { ...lambdaContext(), invokedFunctionArn });
  }

  /** The schedule's event, through its alias. */
  async tick(handler = this.handler): Promise<RefreshDueResponse> {
    return (await handler({ action: 'refresh-due' }, contextOf('schedule'))) as RefreshDueResponse;
  }

  /** The event of a shard's schedule, through its alias. */
  async tickShard(shard: number, handler = this.handler): Promise<RefreshDueResponse> {
    return (await handler({ action: 'refresh-due', shard }, contextOf('schedule'))) as RefreshDueResponse;
  }

  /** The request of an operator, or of a consumer whose token Zoho rejected, each through its alias. */
  async refresh(
    connection: string,
    request: { rejectedGeneration?: number; reason: 'unauthorized' | 'operator' } = { reason: 'operator' },
    handler = this.handler,
  ): Promise<RefreshResponse> {
    const door = request.reason === 'operator' ? 'operators' : 'consumers';
    return (await handler({ action: 'refresh', connection, ...request }, contextOf(door))) as RefreshResponse;
  }

  /** Ticks every minute, or every few, until the minutes have passed. */
  async runMinutes(this: LocalRefresher, minutes: number, { every = 1 } = {}): Promise<void> {
    for (let passed = 0; passed < minutes; passed += every) {
      this.clock.advance(every * MINUTE_MS);
      await this.tick();
    }
  }
}
