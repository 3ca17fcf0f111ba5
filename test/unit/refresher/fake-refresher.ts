import { type Connection, scheduledAtMs } from '../../../lambdas/core/connection/connection.ts';
import type { LastPublished } from '../../../lambdas/core/connection/lost-row.ts';
import { replacementOf } from '../../../lambdas/core/connection/replacement.ts';
import type { StateChange } from '../../../lambdas/core/connection/state-change.ts';
import type { Expiry } from '../../../lambdas/core/incidents/alarm-weight.ts';
import type { ClientUsers } from '../../../lambdas/core/incidents/client-users.ts';
import type { Notification } from '../../../lambdas/core/incidents/notification.ts';
import type {
  ConnectionStore,
  FollowedToken,
  MalformedRow,
  PublishResult,
  RotatedCredentials,
  RotationResult,
  StoredCredentials,
  WriteResult,
} from '../../../lambdas/core/ports.ts';
import type { AccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import type { Credentials } from '../../../lambdas/core/secrets/credentials.ts';
import type { StoredClient } from '../../../lambdas/core/secrets/shared-client.ts';
import type { TokenResponse } from '../../../lambdas/core/zoho/token-response.ts';
import { createCheckedClock } from '../../../lambdas/refresher/adapters/checked-clock.ts';
import { createMemories } from '../../../lambdas/refresher/memories.ts';
import type { RefreshContext } from '../../../lambdas/refresher/refresh-context.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { credentialsSecret, failureOf, HOUR_MS, NOW_MS } from '../../support/builders.ts';
import { MINTED } from './fake-answers.ts';

export { MINTED, SENDER, throws } from './fake-answers.ts';

/**
 * A context of the refresher whose ports are functions that a test replaces: a table with the real conditions, secrets and
 * a Zoho that answer what they are told. What the refresher does is recorded in order.
 */
export class FakeRefresher {
  readonly clock = new ManualClock(NOW_MS);
  readonly checkedClock = createCheckedClock(this.clock);
  readonly rows = new Map<string, Connection>();
  /** Each call of a port with what it was asked, e.g. `zoho` or `publish 8 from version-of-7`. */
  readonly calls: string[] = [];
  readonly logged: (readonly [level: string, message: string, fields?: Record<string, unknown>])[] = [];
  readonly metrics: (readonly [values: object, connection?: string])[] = [];
  readonly announced: StateChange[][] = [];
  readonly published: AccessToken[] = [];
  readonly notified: Notification[] = [];
  settings: RefreshContext['settings'] = {
    secretPrefix: 'zoho',
    followSecretPrefix: undefined,
    declaredConnections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    refreshMarginMs: 300_000,
    refreshJitterMs: 60_000,
    leaseMs: 75_000,
    zohoTimeoutMs: 10_000,
    metricsPerConnection: 'declared',
    acceptRotatedRefreshTokens: false,
    announcedStates: ['blocked', 'recovered'],
    parkAfterMs: 7 * 24 * HOUR_MS,
    sender: undefined,
  };
  readonly deadlines = { work: new AbortController().signal, report: new AbortController().signal };

  onRead = (name: string): Connection | undefined => this.rows.get(name);
  onDue = (nowMs: number): (Connection | MalformedRow)[] =>
    [...this.rows.values()].filter(({ nextAttemptAtMs }) => nextAttemptAtMs <= nowMs);
  onPlanned = (): ReadonlyMap<string, number> =>
    new Map(
      [...this.rows.values()]
        .filter(({ status }) => status === 'active' || status === 'cooling-down')
        .map(({ name, nextAttemptAtMs }) => [name, nextAttemptAtMs]),
    );
  onDueAfter = (timeMs: number): (Connection | MalformedRow)[] =>
    [...this.rows.values()].filter(({ nextAttemptAtMs }) => nextAttemptAtMs > timeMs);
  onSoonestExpiries = (_limit: number): readonly Expiry[] => [];
  onUsersOf = (client: string): readonly ClientUsers[] => [
    {
      users: [...this.rows.values()].filter((row) => row.client === client),
      scanned: this.rows.size,
    },
  ];
  onReplaceIfFree = (seen: Connection, next: Connection, nowMs: number): WriteResult =>
    this.#replace(
      replacementOf(seen, next),
      (row) =>
        row.generation === seen.generation &&
        scheduledAtMs(row) === scheduledAtMs(seen) &&
        (row.lease === undefined || row.lease.untilMs <= nowMs),
    );
  onReplaceIfHeld = (held: Connection, next: Connection): WriteResult =>
    this.#replace(
      next,
      (row) => row.generation === held.generation && row.lease?.owner === held.lease?.owner,
    );
  onCredentials = (_name: string): StoredCredentials => ({
    kind: 'found',
    versionId: 'credentials-1',
    text: credentialsSecret(),
  });
  onClient = (_name: string): StoredClient | undefined => undefined;
  onPromote = (): boolean => true;
  onStoreRotated = (_rotated: RotatedCredentials): RotationResult => ({
    kind: 'current',
    versionId: 'credentials-2',
  });
  onRecover = (): RotationResult | { kind: 'none' } => ({ kind: 'none' });
  onZoho = (_credentials: Credentials): TokenResponse => MINTED;
  onPostpone = (_row: MalformedRow, _untilMs: number): void => {};
  /** Calls with these credentials time out. */
  isDown = (_credentials: Credentials): boolean => false;
  onPublish = ({ generation }: AccessToken): PublishResult => ({
    kind: 'published',
    versionId: `version-of-${generation}`,
  });
  onLastPublished = (_name: string): LastPublished | undefined => undefined;
  onFollowed = (): FollowedToken => ({ ok: false, problems: 'empty' });
  onAnnounce = (): void => {};
  onNotify = (): void => {};
  mayPublish = true;

  constructor(...rows: Connection[]) {
    for (const row of rows) this.rows.set(row.name, row);
  }

  /** The row of `crm-prod`. */
  get row(): Connection | undefined {
    return this.rows.get('crm-prod');
  }

  readonly memories = createMemories();
  readonly failing = this.memories.failing;
  readonly lostRows = this.memories.lostRows;
  fleet = this.memories.fleet;

  get context(): RefreshContext {
    const fake = this;
    const { checkedClock: clock, calls, settings, deadlines } = this;
    const ask = async <T>(call: string, signal: AbortSignal, answer: () => T): Promise<T> => {
      calls.push(signal === deadlines.report ? `${call} (report)` : call);
      return await answer();
    };
    const log =
      (level: string) =>
      (message: string, fields?: Record<string, unknown>): void => {
        this.logged.push(fields === undefined ? [level, message] : [level, message, fields]);
      };
    const connections: ConnectionStore = {
      inPartitions: () => ({ ...connections, due: async function* () {}, dueAfter: async function* () {} }),
      read: (name, signal) => ask(`read ${name}`, signal, () => this.onRead(name)),
      due: (nowMs, signal) => this.#due(nowMs, signal),
      planned: (signal) => ask('planned', signal, () => this.onPlanned()),
      dueAfter: (timeMs, signal) => this.#dueAfter(timeMs, signal),
      soonestExpiries: (limit, signal) =>
        ask('soonest expiries', signal, () => this.onSoonestExpiries(limit)),
      usersOf: async function* (client, signal) {
        yield* await ask(`users of ${client}`, signal, () => fake.onUsersOf(client));
      },
      create: (row, signal) =>
        ask(`create ${row.name}`, signal, () => {
          if (this.rows.has(row.name)) return { created: false };
          this.rows.set(row.name, row);
          return { created: true };
        }),
      postpone: (row, untilMs, signal) =>
        ask(`postpone ${row.name} by ${untilMs - clock.now()}`, signal, () => this.onPostpone(row, untilMs)),
      replaceIfFree: (seen, next, nowMs, signal) =>
        ask('replace if free', signal, () => this.onReplaceIfFree(seen, next, nowMs)),
      replaceIfHeld: (held, next, signal) =>
        ask('replace if held', signal, () => this.onReplaceIfHeld(held, next)),
    };
    return {
      clock,
      random: () => 0.5,
      newLeaseOwner: () => 'me',
      connections,
      credentials: { read: (name, signal) => ask('credentials', signal, () => this.onCredentials(name)) },
      clients: {
        read: (name, signal) => ask(`client ${name}`, signal, () => this.onClient(name)),
        promote: (name, { pendingVersionId }, signal) =>
          ask(`promote ${pendingVersionId} of ${name}`, signal, () => this.onPromote()),
      },
      rotatedCredentials: {
        store: (rotated, signal) =>
          ask(`store rotated ${rotated.generation} after ${rotated.usedVersionId}`, signal, () =>
            this.onStoreRotated(rotated),
          ),
        recover: (_name, versionId, signal) =>
          ask(`successor of ${versionId}`, signal, () => this.onRecover()),
      },
      tokenEndpoint: {
        refresh: (credentials, signal) =>
          ask('zoho', signal, () =>
            this.isDown(credentials)
              ? { kind: 'refused', failure: failureOf('timeout') }
              : this.onZoho(credentials),
          ),
      },
      tokens: {
        lastPublished: (name, signal) => ask('last published', signal, () => this.onLastPublished(name)),
        publish: (token, from, signal) =>
          ask(`publish ${token.generation} from ${from}`, signal, () => {
            this.published.push(token);
            return this.onPublish(token);
          }),
      },
      followedTokens: {
        read: (prefix, name, signal) => ask(`followed ${prefix}/${name}`, signal, () => this.onFollowed()),
      },
      ...this.memories,
      fleet: this.fleet,
      metrics: {
        record: (values, name) => this.metrics.push(name === undefined ? [values] : [values, name]),
        recordShard: (values, shard) => this.metrics.push([values, `shard ${shard}`]),
      },
      stateChanges: {
        announce: (changes, signal) =>
          ask('announce', signal, () => {
            this.onAnnounce();
            this.announced.push([...changes]);
          }),
      },
      notifier: {
        mayPublish: () => this.mayPublish,
        publish: (notification, signal) =>
          ask(`notify ${notification.problem}`, signal, () => {
            this.onNotify();
            this.notified.push(notification);
          }),
      },
      log: { info: log('info'), warn: log('warn'), error: log('error') },
      settings,
      deadlines,
    };
  }

  async *#due(nowMs: number, signal: AbortSignal): AsyncIterable<Connection | MalformedRow> {
    this.calls.push(signal === this.deadlines.work ? 'due' : 'due (another deadline)');
    yield* this.onDue(nowMs);
  }

  async *#dueAfter(timeMs: number, signal: AbortSignal): AsyncIterable<Connection | MalformedRow> {
    this.calls.push(signal === this.deadlines.work ? 'due after' : 'due after (another deadline)');
    yield* this.onDueAfter(timeMs);
  }

  #replace(next: Connection, isAllowed: (row: Connection) => boolean): WriteResult {
    const current = this.rows.get(next.name);
    if (current === undefined || !isAllowed(current)) return { written: false, current };
    this.rows.set(next.name, next);
    return { written: true, row: next };
  }
}
