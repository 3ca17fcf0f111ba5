import type { DeclaredConnections } from '../core/connection/declared-connection.ts';
import type { ConnectionState } from '../core/connection/state-change.ts';
import type {
  Clock,
  ConnectionStore,
  CredentialsStore,
  Log,
  MetricsRecorder,
  StateChangeAnnouncer,
  TokenEndpoint,
  TokenStore,
} from '../core/ports.ts';
import type { Random, RefreshTiming } from '../core/refresh/schedule.ts';

/** Everything that a refresh needs of the world, given by the composition root. */
export interface RefreshDependencies {
  readonly clock: Clock;
  readonly random: Random;
  /** A name that no other attempt has. */
  readonly newLeaseOwner: () => string;
  readonly connections: ConnectionStore;
  readonly credentials: CredentialsStore;
  readonly tokenEndpoint: TokenEndpoint;
  readonly tokens: TokenStore;
  readonly metrics: MetricsRecorder;
  readonly stateChanges: StateChangeAnnouncer;
  readonly log: Log;
}

export interface RefreshSettings extends RefreshTiming {
  readonly secretPrefix: string;
  readonly declaredConnections: DeclaredConnections;
  readonly leaseMs: number;
  /** Longest time that one call of Zoho may take. */
  readonly zohoTimeoutMs: number;
  /** Changes that are announced. */
  readonly announcedStates: readonly ConnectionState[];
}

/** Both end before the function does. The report outlasts the work, so that a failure is still written down. */
export interface Deadlines {
  readonly work: AbortSignal;
  readonly report: AbortSignal;
}

/** One invocation's world, settings and time left. */
export interface RefreshContext extends RefreshDependencies {
  readonly settings: RefreshSettings;
  readonly deadlines: Deadlines;
}

/** What one attempt for one connection needs of it. */
export interface AttemptContext extends Omit<RefreshContext, 'connections'> {
  readonly connections: Pick<ConnectionStore, 'read' | 'replaceIfFree' | 'replaceIfHeld'>;
}
