import { type Item, parseItem, toItem } from '../../lambdas/adapters/connection-row.ts';
import { createPowertoolsLog } from '../../lambdas/adapters/powertools-log.ts';
import { createZohoAccounts } from '../../lambdas/adapters/zoho-accounts.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { parseLastPublished } from '../../lambdas/core/connection/lost-row.ts';
import { replacementOf } from '../../lambdas/core/connection/replacement.ts';
import type { ConnectionStore, TokenStore, WriteResult } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { serializeAccessToken, storedGeneration } from '../../lambdas/core/secrets/access-token.ts';
import { createCheckedClock } from '../../lambdas/refresher/adapters/checked-clock.ts';
import { createEmfMetrics } from '../../lambdas/refresher/adapters/emf-metrics.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import { createHandler, type RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { createMemories } from '../../lambdas/refresher/memories.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { LogCollector } from '../../sandbox/deployment/log-collector.ts';
import { NOW_MS } from '../support/builders.ts';
import { NO_PACES } from '../support/no-paces.ts';

export const DECLARED = {
  'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
  desk: { dataCenter: 'us', scopes: [] },
} as const satisfies RefresherConfig['declaredConnections'];

const CONFIG: RefresherConfig = {
  tableName: 'connections',
  secretPrefix: 'zoho',
  declaredConnections: DECLARED,
  ...DEFAULT_CONFIG,
};

/** A failure of one call of AWS. */
export interface CallFailure {
  /** Which of the next calls fails, from 0. */
  readonly at: number;
  readonly thrown: unknown;
}

/**
 * The real handler with a table, secrets and a Zoho in memory that check nothing. It is a hundred times as fast as the
 * sandbox, for tests of what the handler does with any input.
 */
export class InMemoryRefresher {
  readonly clock = new ManualClock(NOW_MS);
  readonly log = new LogCollector();
  readonly metricLines: string[] = [];
  readonly rows = new Map<string, Item>();
  readonly tokens = new Map<string, string>();
  readonly handler: RefresherHandler;
  /** The text of every credentials secret. Undefined: the secret is empty. */
  credentials: string | undefined;
  answerOfZoho: () => Promise<Response> = () => Promise.reject(new TypeError('fetch failed'));
  /** Calls of AWS and Zoho so far. */
  calls = 0;
  #failure: CallFailure | undefined;
  #callsBefore = 0;

  constructor() {
    const clock = createCheckedClock(this.clock);
    this.handler = createHandler({
      config: CONFIG,
      logger: this.log,
      paces: NO_PACES,
      dependencies: {
        clock,
        random: () => 0.5,
        newLeaseOwner: () => `owner-${this.calls}`,
        connections: this.#connections(),
        credentials: { read: () => this.#call(() => this.#readCredentials()) },
        clients: {
          read: () => this.#call(() => undefined),
          promote: () => this.#call(() => false),
        },
        rotatedCredentials: {
          store: () => this.#call(() => ({ kind: 'superseded' as const })),
          recover: () => this.#call(() => ({ kind: 'none' as const })),
        },
        tokenEndpoint: createZohoAccounts({
          timeoutMs: 10_000,
          clock,
          fetch: () => this.#call(this.answerOfZoho),
        }),
        tokens: this.#tokens(),
        followedTokens: {
          read: () => this.#call(() => ({ ok: false as const, problems: 'empty' as const })),
        },
        ...createMemories(),
        metrics: createEmfMetrics({
          secretPrefix: CONFIG.secretPrefix,
          hasOwnMetrics: (connection) => Object.hasOwn(DECLARED, connection),
          routineMetrics: false,
          clock,
          writeLine: (line) => this.metricLines.push(line),
        }),
        notifier: { mayPublish: () => true, publish: () => this.#call(() => undefined) },
        stateChanges: { announce: () => this.#call(() => undefined) },
        log: createPowertoolsLog(this.log),
      },
    });
  }

  /** Sets which of the next calls fail. */
  failCall(failure: CallFailure | undefined): void {
    this.#failure = failure;
    this.#callsBefore = this.calls;
  }

  async #call<T>(work: () => T | Promise<T>): Promise<T> {
    const at = this.calls - this.#callsBefore;
    this.calls += 1;
    if (this.#failure?.at === at) throw this.#failure.thrown;
    return await work();
  }

  #readCredentials() {
    const { credentials } = this;
    if (credentials === undefined) return { kind: 'empty' as const };
    return {
      kind: 'found' as const,
      versionId: `version-of-${credentials.length}`,
      text: new Redacted(credentials),
    };
  }

  #connections(): ConnectionStore {
    const rowOf = (name: string): Connection | undefined => {
      const item = this.rows.get(name);
      const row = item && parseItem(item);
      return row === undefined || 'malformed' in row ? undefined : row;
    };
    const replace = (next: Connection, isAllowed: (current: Connection) => boolean): WriteResult => {
      const current = rowOf(next.name);
      if (current === undefined || !isAllowed(current)) return { written: false, current };
      this.rows.set(next.name, toItem(next));
      return { written: true, row: next };
    };
    const list = (isListed: (nextAttemptAtMs: number) => boolean) =>
      [...this.rows.keys()]
        .flatMap((name) => rowOf(name) ?? [])
        .filter((row) => row.status !== 'disabled' && isListed(row.nextAttemptAtMs));
    const call = this.#call.bind(this);
    const store: ConnectionStore = {
      // Its rows are in the partition of declared connections.
      inPartitions: () => ({ ...store, due: async function* () {}, dueAfter: async function* () {} }),
      read: (name) => call(() => rowOf(name)),
      postpone: async () => {},
      due: async function* (nowMs) {
        yield* await call(() => list((atMs) => atMs <= nowMs));
      },
      dueAfter: async function* (timeMs) {
        yield* await call(() => list((atMs) => atMs > timeMs));
      },
      planned: () => call(() => new Map(list(() => true).map((row) => [row.name, row.nextAttemptAtMs]))),
      soonestExpiries: () => call(() => []),
      usersOf: async function* (client) {
        const users = await call(() => list(() => true).filter((row) => row.client === client));
        yield { users, scanned: 1 };
      },
      create: (row) =>
        call(() => {
          this.rows.set(row.name, toItem(row));
          return { created: true };
        }),
      replaceIfFree: (seen, next, nowMs) =>
        call(() =>
          replace(
            replacementOf(seen, next),
            ({ generation, nextAttemptAtMs, lease }) =>
              generation === seen.generation &&
              nextAttemptAtMs === seen.nextAttemptAtMs &&
              (lease === undefined || lease.untilMs <= nowMs),
          ),
        ),
      replaceIfHeld: (held, next) =>
        call(() => replace(next, ({ lease }) => lease !== undefined && lease.owner === held.lease?.owner)),
    };
    return store;
  }

  #tokens(): TokenStore {
    return {
      lastPublished: (name) =>
        this.#call(() => {
          const text = this.tokens.get(name);
          return text === undefined ? undefined : parseLastPublished(name, 'version', text);
        }),
      publish: (token) =>
        this.#call(() => {
          const found = storedGeneration(this.tokens.get(token.connection) ?? '');
          if (found !== undefined && found >= token.generation)
            return { kind: 'superseded' as const, generationFound: found };
          this.tokens.set(token.connection, serializeAccessToken(token));
          return { kind: 'published' as const, versionId: `version-${token.generation}` };
        }),
    };
  }
}
