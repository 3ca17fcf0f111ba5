import { type Connection, registerConnection } from '../../lambdas/core/connection/connection.ts';
import type { Notification } from '../../lambdas/core/incidents/notification.ts';
import type { Log, TokenEndpoint, TokenStore } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { type HttpAnswer, parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { createCheckedClock } from '../../lambdas/refresher/adapters/checked-clock.ts';
import { createEmfMetrics } from '../../lambdas/refresher/adapters/emf-metrics.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import { createHandler, type RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { createMemories } from '../../lambdas/refresher/memories.ts';
import type { ManualClock } from '../../sandbox/deployment/clock.ts';
import { contextOf } from '../../sandbox/deployment/lambda-context.ts';
import { TOPICS, topicArnOf } from '../../sandbox/deployment/local-deployment.ts';
import { LogCollector } from '../../sandbox/deployment/log-collector.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { NO_PACES } from '../support/no-paces.ts';
import { tableInMemory } from '../support/table-in-memory.ts';

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** What a fleet consists of, and where its metrics go. */
export interface FleetParts {
  readonly clock: ManualClock;
  readonly declared: RefresherConfig['declaredConnections'];
  /** Connections that are added at run time. */
  readonly tenants: readonly string[];
  readonly writeMetricLine: (line: string) => void;
}

/**
 * A fleet of any size with the real handler, and with a table, secrets and a Zoho in memory. No HTTP and no AWS SDK: a refresh takes
 * a fraction of a millisecond, so that a month of 500 connections can be run refresh by refresh.
 */
export class FleetInMemory {
  readonly notified: Notification[] = [];
  /** Token requests, and those that failed as noise. */
  readonly counts = { requests: 0, noise: 0 };
  /** The n-th token request fails for a reason that passes, for every n that this divides. */
  oneFailureIn = Number.POSITIVE_INFINITY;
  readonly #rows = new Map<string, Connection>();
  readonly #credentials = new Map<string, { readonly versionId: string; readonly text: Redacted }>();
  readonly #refused = new Set<string>();
  readonly #answers = new Map<string, HttpAnswer>();
  readonly #published = new Map<string, number>();
  readonly #handler: RefresherHandler;
  #consents = 0;

  constructor({ clock, declared, tenants, writeMetricLine }: FleetParts) {
    const checked = createCheckedClock(clock);
    const config: RefresherConfig = {
      tableName: 'connections',
      secretPrefix: 'zoho',
      declaredConnections: declared,
      pageTopicArn: topicArnOf(TOPICS.page),
      ticketTopicArn: topicArnOf(TOPICS.ticket),
      ...DEFAULT_CONFIG,
    };
    for (const name of tenants) this.#rows.set(name, registerConnection(name, 'connected', clock.now()));
    for (const name of [...Object.keys(declared), ...tenants]) this.#storeConsent(name);
    let owners = 0;
    this.#handler = createHandler({
      config,
      logger: new LogCollector(),
      paces: NO_PACES,
      dependencies: {
        clock: checked,
        random: seededRandom(1),
        newLeaseOwner: () => {
          owners += 1;
          return `owner-${owners}`;
        },
        connections: tableInMemory(this.#rows),
        credentials: {
          read: (name) => {
            const found = this.#credentials.get(name);
            return Promise.resolve(found === undefined ? { kind: 'empty' } : { kind: 'found', ...found });
          },
        },
        clients: { read: () => Promise.resolve(undefined), promote: () => Promise.resolve(false) },
        rotatedCredentials: {
          store: async () => ({ kind: 'superseded' }),
          recover: async () => ({ kind: 'none' }),
        },
        tokenEndpoint: this.#zoho(),
        tokens: this.#tokens(),
        followedTokens: { read: async () => ({ ok: false, problems: 'empty' }) },
        ...createMemories(),
        metrics: createEmfMetrics({
          secretPrefix: 'zoho',
          hasOwnMetrics: (connection) => Object.hasOwn(declared, connection),
          routineMetrics: false,
          clock: checked,
          writeLine: writeMetricLine,
        }),
        notifier: {
          mayPublish: () => true,
          publish: (notification) => {
            this.notified.push(notification);
            return Promise.resolve();
          },
        },
        stateChanges: { announce: async () => {} },
        log: SILENT,
      },
    });
  }

  async tick(): Promise<void> {
    await this.#handler({ action: 'refresh-due' }, contextOf('schedule'));
  }

  /** A consumer reports that Zoho rejected the published token. */
  async reportRejected(connection: string): Promise<void> {
    const rejectedGeneration = this.#published.get(connection) ?? 0;
    const event = { action: 'refresh', connection, reason: 'unauthorized', rejectedGeneration };
    await this.#handler(event, contextOf('consumers'));
  }

  /** What `zoho-tokens authorize` does: a user consents, and the new credentials are used at once. */
  async authorize(name: string): Promise<void> {
    this.#storeConsent(name);
    await this.#handler({ action: 'refresh', connection: name, reason: 'operator' }, contextOf('operators'));
  }

  #storeConsent(name: string): void {
    this.#consents += 1;
    const text = JSON.stringify({
      client_id: '1000.AAAABBBBCCCCDDDDEEEEFFFF00001111',
      client_secret: 'secret',
      refresh_token: `1000.${name}.${this.#consents}`,
      data_center: 'eu',
    });
    this.#credentials.set(name, { versionId: `consent-${this.#consents}`, text: new Redacted(text) });
    this.#refused.delete(name);
  }

  revoke(name: string): void {
    this.#refused.add(name);
  }

  /** Zoho answers each token request of the connection like this. */
  answerAlways(name: string, answer: HttpAnswer): void {
    this.#answers.set(name, answer);
  }

  /** The connections with a row like this. */
  count(isCounted: (row: Connection) => boolean): number {
    return [...this.#rows.values()].filter(isCounted).length;
  }

  #zoho(): TokenEndpoint {
    return {
      refresh: ({ refreshToken }) => Promise.resolve(parseTokenResponse(this.#answer(refreshToken.reveal()))),
    };
  }

  /** What Zoho answers to a refresh token: `1000.NAME.N`. */
  #answer(refreshToken: string): HttpAnswer {
    this.counts.requests += 1;
    const [, name = ''] = refreshToken.split('.');
    const always = this.#answers.get(name);
    if (always !== undefined) return always;
    if (this.#refused.has(name)) return { status: 200, body: '{"error":"invalid_code"}' };
    if (this.counts.requests % this.oneFailureIn === 0) {
      this.counts.noise += 1;
      return { status: 503, body: '<html></html>' };
    }
    const token = { access_token: `1000.${this.counts.requests}.token`, expires_in: 3600 };
    return { status: 200, body: JSON.stringify(token) };
  }

  #tokens(): TokenStore {
    return {
      lastPublished: async () => undefined,
      publish: ({ connection, generation }) => {
        const generationFound = this.#published.get(connection) ?? 0;
        if (generationFound >= generation) return Promise.resolve({ kind: 'superseded', generationFound });
        this.#published.set(connection, generation);
        return Promise.resolve({ kind: 'published', versionId: `version-${generation}` });
      },
    };
  }
}
