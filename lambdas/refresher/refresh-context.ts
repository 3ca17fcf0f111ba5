import type { DeclaredConnections, MetricsPerConnection } from '../core/connection/declared-connection.ts';
import type { FleetShards } from '../core/connection/partition.ts';
import type { ConnectionState } from '../core/connection/state-change.ts';
import type { Sender } from '../core/incidents/notification.ts';
import type {
  CheckedClock,
  ClientStore,
  ConnectionStore,
  FollowedTokenStore,
  Log,
  MetricsRecorder,
  Notifier,
  SecretStores,
  StateChangeAnnouncer,
  TokenEndpoint,
  TokenStore,
} from '../core/ports.ts';
import type { FailureMoment } from '../core/refresh/refresh-transitions.ts';
import type { Random, RefreshTiming } from '../core/refresh/renewal-times.ts';
import type { Life } from '../core/refresh/tick-plan.ts';
import type { AnswerMemory } from './answer-memory.ts';
import type { ClientLimits, WaitingConnections } from './client-limits.ts';
import type { ClientUsersMemory } from './client-users.ts';
import type { DataCenterMemory } from './data-center-memory.ts';
import type { FailingMemory } from './failing-memory.ts';
import type { FleetMemory } from './fleet-memory.ts';
import type { LostRowMemory } from './lost-row-memory.ts';
import type { PublishMemory } from './publish-memory.ts';

/** Everything that a refresh needs from outside, injected by the composition root. */
export interface RefreshDependencies extends SecretStores {
  readonly clock: CheckedClock;
  readonly random: Random;
  /** Returns a unique name. */
  readonly newLeaseOwner: () => string;
  readonly connections: ConnectionStore;
  readonly clients: ClientStore;
  /** The second store. Undefined if the deployment has none. */
  readonly sealed?: SecretStores | undefined;
  readonly tokenEndpoint: TokenEndpoint;
  readonly followedTokens: FollowedTokenStore;
  readonly answers: AnswerMemory;
  readonly clientLimits: ClientLimits;
  readonly waitingConnections: WaitingConnections;
  readonly dataCenters: DataCenterMemory;
  readonly failing: FailingMemory;
  readonly fleet: FleetMemory;
  readonly lostRows: LostRowMemory;
  readonly publishes: PublishMemory;
  readonly metrics: MetricsRecorder;
  readonly stateChanges: StateChangeAnnouncer;
  readonly notifier: Notifier;
  readonly log: Log;
}

export interface RefreshSettings extends RefreshTiming {
  readonly secretPrefix: string;
  /** During a move: prefix of the deployment that may be followed. */
  readonly followSecretPrefix: string | undefined;
  readonly declaredConnections: DeclaredConnections;
  readonly metricsPerConnection: MetricsPerConnection;
  readonly leaseMs: number;
  /** Longest time that one call to Zoho may take. */
  readonly zohoTimeoutMs: number;
  /** Whether a refresh token that Zoho has rotated is stored. */
  readonly acceptRotatedRefreshTokens: boolean;
  /** Changes that are announced. */
  readonly announcedStates: readonly ConnectionState[];
  /** How long a connection is blocked before it is parked. */
  readonly parkAfterMs: number;
  /** How many shards the schedule has for connections that were connected at run time. Undefined: the deployment has no fleet. */
  readonly fleetShards?: FleetShards | undefined;
  /** What notifications say about the deployment. Undefined: no one is notified. */
  readonly sender: Sender | undefined;
}

/** Both end before the function times out. `report` ends after `work`, so that a failure can still be written. */
export interface Deadlines {
  readonly work: AbortSignal;
  readonly report: AbortSignal;
}

/** When the token of a connection is renewed. */
export type PlanRenewal = (connection: string, life: Life) => number;

/** Dependencies, settings and deadlines of one invocation. */
export interface RefreshContext extends RefreshDependencies {
  readonly settings: RefreshSettings;
  readonly deadlines: Deadlines;
  /** The shard that a tick works on. Undefined: the declared connections. */
  readonly shard?: number | undefined;
  /** Plans the renewals of a tick together. Without it, each is planned by itself. */
  readonly planRenewal?: PlanRenewal | undefined;
  /** Without it, notifications about clients stay pending: a tick publishes them. */
  readonly clientUsers?: ClientUsersMemory;
}

/** What one attempt for one connection needs. */
export interface AttemptContext extends Omit<RefreshContext, 'connections' | 'tokens'> {
  readonly tokens: Pick<TokenStore, 'publish'>;
  readonly connections: Pick<ConnectionStore, 'read' | 'replaceIfFree' | 'replaceIfHeld'>;
}

/** What a failure of this moment needs to know. */
export function momentOf({ clock, random, settings }: AttemptContext): FailureMoment {
  return { nowMs: clock.now(), random, parkAfterMs: settings.parkAfterMs };
}
