import type { RefreshDueResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import { formatDuration, type StoryScreen } from './story-screen.ts';
import { TokenWatch } from './token-watch.ts';

const MINUTE_MS = 60_000;
const TOKEN_LIFE_MS = 60 * MINUTE_MS;

/** The calls that refreshes make, counted by the simulators. */
interface CallCosts {
  /** The most calls of AWS in a tick with nothing due. */
  idleTick: number;
  /** The most calls of AWS that one refresh added to a tick. */
  awsPerRefresh: number;
  /** The most calls of Zoho in one refresh. */
  zohoPerRefresh: number;
}

/** Advances the story minute by minute, runs the schedule, and prints every new token. */
export class StoryClock {
  readonly watch: TokenWatch;
  readonly costs: CallCosts = { idleTick: 0, awsPerRefresh: 0, zohoPerRefresh: 0 };
  readonly refreshes = new Map<string, number>();
  /** The greatest age of a token that was replaced before it expired. */
  oldestReplacedMs = 0;
  readonly #deployment: LocalDeployment;
  readonly #screen: StoryScreen;
  readonly #startMs: number;
  readonly #afterTick: () => Promise<void>;
  readonly #tokens = new Map<string, { generation: number; issuedAtMs: number }>();

  constructor(
    deployment: LocalDeployment,
    screen: StoryScreen,
    afterTick: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#deployment = deployment;
    this.#afterTick = afterTick;
    this.#screen = screen;
    this.#startMs = deployment.clock.now();
    this.watch = new TokenWatch(deployment);
  }

  async runFor(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.watch.advance(MINUTE_MS);
      await this.tick();
    }
  }

  /** Runs until the given minute after the start. */
  async runTo(minute: number): Promise<void> {
    await this.runFor(minute - Math.floor((this.#deployment.clock.now() - this.#startMs) / MINUTE_MS));
  }

  async runUntil(isDone: () => boolean, atMostMinutes: number): Promise<void> {
    for (let minute = 0; minute < atMostMinutes && !isDone(); minute += 1) await this.runFor(1);
    if (!isDone())
      throw new Error(
        `Timed out after ${atMostMinutes} simulated minutes: what the story waits for did not happen.`,
      );
  }

  /** Runs the schedule's event now. */
  async tick(): Promise<void> {
    const before = this.#countCalls();
    const result = await this.#deployment.tick();
    const after = this.#countCalls();
    this.#accountFor(result, { aws: after.aws - before.aws, zoho: after.zoho - before.zoho });
    this.reportChanges();
    await this.#afterTick();
  }

  /** Prints every token that was published since the last call. */
  reportChanges(): void {
    for (const name of Object.keys(this.#deployment.config.declaredConnections)) {
      const token = this.#deployment.readToken(name);
      const known = this.#tokens.get(name);
      if (token === undefined || token.generation === known?.generation) continue;
      const issuedAtMs = Date.parse(token.issued_at);
      const ageMs = known === undefined ? 0 : issuedAtMs - known.issuedAtMs;
      const age = known === undefined ? 'first token' : `the previous one was ${formatDuration(ageMs)} old`;
      this.#screen.event(
        this.#deployment.clock.now(),
        name,
        `refreshed, generation ${token.generation}; ${age}`,
        'good',
      );
      if (ageMs < TOKEN_LIFE_MS) this.oldestReplacedMs = Math.max(this.oldestReplacedMs, ageMs);
      this.refreshes.set(name, (this.refreshes.get(name) ?? 0) + 1);
      this.#tokens.set(name, { generation: token.generation, issuedAtMs });
    }
  }

  #accountFor({ due, refreshed }: RefreshDueResponse, calls: { aws: number; zoho: number }): void {
    const isFirstTick = this.#deployment.clock.now() === this.#startMs;
    if (due === 0 && !isFirstTick) this.costs.idleTick = least(this.costs.idleTick, calls.aws);
    if (due === 1 && refreshed === 1) {
      this.costs.awsPerRefresh = least(this.costs.awsPerRefresh, calls.aws - 2);
      this.costs.zohoPerRefresh = Math.max(this.costs.zohoPerRefresh, calls.zoho);
    }
  }

  /** Without the reads that compare the table with the configuration: one per connection every five minutes. The tick that makes them makes one more query. */
  #countCalls(): { aws: number; zoho: number } {
    const { dynamoDb, secretsManager } = this.#deployment.aws;
    const worked = dynamoDb.calls.filter(({ operation }) => operation !== 'GetItem');
    return {
      aws: worked.length + secretsManager.calls.length,
      zoho: this.#deployment.zoho.tokenCalls.length,
    };
  }
}

/** The lower of two numbers of calls. 0 is none yet. */
function least(before: number, calls: number): number {
  return before === 0 ? calls : Math.min(before, calls);
}
