import { setMaxListeners } from 'node:events';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createTokenSecrets } from '../../../lambdas/adapters/token-secrets.ts';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import type { CheckedClock } from '../../../lambdas/core/ports.ts';
import { createCheckedClock } from '../../../lambdas/refresher/adapters/checked-clock.ts';
import { limitWaits } from '../../../lambdas/refresher/limit-waits.ts';
import { createMemories } from '../../../lambdas/refresher/memories.ts';
import type { RefreshContext } from '../../../lambdas/refresher/refresh-context.ts';
import { refreshDue } from '../../../lambdas/refresher/refresh-due.ts';
import { refreshOnDemand } from '../../../lambdas/refresher/refresh-on-demand.ts';
import { activeConnection, MINUTE_MS, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { FakeRefresher, MINTED } from '../../unit/refresher/fake-refresher.ts';
import { VirtualTime } from './virtual-time.ts';

const DYNAMODB_MS = 10;
const ZOHO_MS = 300;
const SECRETS_MS = 20;

/** How long an invocation may work: the timeout of 75 s, less the reserves for reports and the answer. */
const WORK_MS = 70 * SECOND_MS;
const REPORT_MS = 74 * SECOND_MS;

/** The writes of Secrets Manager in an account and region, PutSecretValue and UpdateSecretVersionStage together. */
const WRITES_PER_SECOND = 50;

/** The attempts of the AWS SDK, and its longest first pause after a throttle. */
const SDK_ATTEMPTS = 3;
const SDK_PAUSE_MS = 500;

/** How a request on demand ended. */
export interface StormAnswer {
  readonly outcome: string;
  readonly retryAfterSeconds: number | undefined;
  readonly afterMs: number;
}

/** What outlives an invocation. */
interface Environment {
  readonly memories: ReturnType<typeof createMemories>;
  readonly clock: CheckedClock;
}

/** Connections of one table whose tokens Zoho's API rejects, and a Lambda environment for each call. */
export class Storm {
  readonly time = new VirtualTime(NOW_MS);
  readonly world: FakeRefresher;
  minted = 0;
  published = 0;
  /** Writes that Secrets Manager refused because of its limit. */
  refusedWrites = 0;
  /** The connections whose tokens are rejected. */
  readonly names: readonly string[];
  #tokens = WRITES_PER_SECOND;
  #refilledAtMs = NOW_MS;
  #seed = 1;

  constructor(connections: number, more: readonly Connection[] = []) {
    this.names = Array.from({ length: connections }, (_, index) => `c-${index}`);
    const rows = this.names.map((name) => activeConnection({ name, source: 'connected' }));
    this.world = new FakeRefresher(...rows, ...more);
    this.world.onZoho = () => {
      this.minted += 1;
      return MINTED;
    };
  }

  /** Whether a token of the connection was issued until then, and published. */
  wasRenewedBy(connection: string, timeMs: number): boolean {
    const { token } = this.world.rows.get(connection) as Connection;
    return token !== undefined && token.issuedAtMs >= NOW_MS && token.issuedAtMs <= timeMs;
  }

  /** A Lambda environment that has not run yet. */
  newEnvironment(): Environment {
    return { memories: createMemories(), clock: createCheckedClock(this.time) };
  }

  /** An invocation in this environment. */
  #invocation({ memories, clock }: Environment): RefreshContext {
    const { context } = this.world;
    const { time } = this;
    const later =
      <Args extends unknown[], Answer>(ms: number, call: (...args: Args) => Promise<Answer>) =>
      async (...args: Args): Promise<Answer> => {
        await time.sleep(ms);
        return call(...args);
      };
    const { connections, credentials, tokenEndpoint } = context;
    const random = () => this.#random();
    const onThrottled = () => memories.publishes.recordThrottle(clock.elapsed());
    const secrets = { send: (command: object) => this.#send(command) } as unknown as SecretsManagerClient;
    return {
      ...context,
      ...memories,
      random,
      clock,
      newLeaseOwner: () => `owner-${random()}`,
      deadlines: { work: deadline(time, WORK_MS), report: deadline(time, REPORT_MS) },
      connections: {
        ...connections,
        read: later(DYNAMODB_MS, connections.read),
        replaceIfFree: later(DYNAMODB_MS, connections.replaceIfFree),
        replaceIfHeld: later(DYNAMODB_MS, connections.replaceIfHeld),
      },
      credentials: { read: later(SECRETS_MS, credentials.read) },
      tokenEndpoint: { refresh: later(ZOHO_MS, tokenEndpoint.refresh) },
      tokens: createTokenSecrets(secrets, 'zoho', { clock: time, random, onThrottled }),
    };
  }

  /** One call of a consumer whose token was rejected. */
  async complain(connection: string, environment = this.newEnvironment()): Promise<StormAnswer> {
    const startedAtMs = this.time.now();
    const { publishedGeneration } = this.world.rows.get(connection) as Connection;
    const answer = await refreshOnDemand(limitWaits(this.#invocation(environment)), {
      action: 'refresh',
      connection,
      reason: 'unauthorized',
      rejectedGeneration: publishedGeneration,
    });
    return {
      outcome: answer.outcome,
      retryAfterSeconds: answer.retry_after_seconds,
      afterMs: this.time.now() - startedAtMs,
    };
  }

  /** A tick with the pace of 20 renewals a second. */
  async tick(): Promise<void> {
    const startedAtMs = this.time.now();
    let nextAtMs = startedAtMs;
    await refreshDue(this.#invocation(this.newEnvironment()), {
      maxInFlight: 25,
      pace: async () => {
        nextAtMs = Math.max(nextAtMs + SECOND_MS / 20, this.time.now());
        await this.time.sleep(nextAtMs - this.time.now());
      },
      hasTimeForOneMore: () => this.time.now() < startedAtMs + MINUTE_MS,
    });
  }

  async #send(command: object): Promise<object> {
    const { name } = command.constructor;
    await this.time.sleep(SECRETS_MS);
    for (let attempt = 1; !this.#admits(); attempt += 1) {
      this.refusedWrites += 1;
      if (attempt === SDK_ATTEMPTS)
        throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
      await this.time.sleep(this.#random() * SDK_PAUSE_MS * 2 ** (attempt - 1) + SECRETS_MS);
    }
    if (name === 'UpdateSecretVersionStageCommand') this.published += 1;
    return {};
  }

  #admits(): boolean {
    const nowMs = this.time.now();
    const refilled = ((nowMs - this.#refilledAtMs) / SECOND_MS) * WRITES_PER_SECOND;
    this.#tokens = Math.min(WRITES_PER_SECOND, this.#tokens + refilled);
    this.#refilledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** A small linear congruential generator: the same storm on every machine. */
  #random(): number {
    this.#seed = (this.#seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return this.#seed / 2 ** 32;
  }
}

/** Every refresh of a tick listens to it. */
function deadline(time: VirtualTime, ms: number): AbortSignal {
  const signal = time.abortAfter(ms);
  setMaxListeners(0, signal);
  return signal;
}
