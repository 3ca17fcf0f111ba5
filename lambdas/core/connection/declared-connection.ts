import type { DataCenterLocation } from '../zoho/data-centers.ts';
import type { Severity } from './connection.ts';

/** A connection as configured at deploy time. */
export interface DeclaredConnection {
  /** Where its Zoho account lives. The credentials' own data center decides where they are sent. */
  readonly dataCenter: DataCenterLocation;
  /** OAuth scopes that consumers rely on, e.g. `ZohoCRM.modules.ALL`. A granted set that lacks one is scope drift. */
  readonly scopes: readonly string[];
  /** Who is notified about problems of this connection. @default page */
  readonly severity?: Severity | undefined;
}

/** Which connections have CloudWatch metrics of their own. The fleet's metrics count all of them. */
export const METRICS_PER_CONNECTION = ['declared', 'all'] as const;
export type MetricsPerConnection = (typeof METRICS_PER_CONNECTION)[number];

export type DeclaredConnections = Readonly<Record<string, DeclaredConnection>>;

/**
 * The declaration of a connection, or undefined. Properties of every object, such as `constructor`, are not
 * declarations.
 */
export function declarationOf(declared: DeclaredConnections, name: string): DeclaredConnection | undefined {
  return Object.hasOwn(declared, name) ? declared[name] : undefined;
}

/** Whether a connection has CloudWatch metrics of its own. CloudWatch charges for each of them. */
export function hasOwnMetrics(
  settings: {
    readonly declaredConnections: DeclaredConnections;
    readonly metricsPerConnection: MetricsPerConnection;
  },
  name: string,
): boolean {
  return (
    settings.metricsPerConnection === 'all' || declarationOf(settings.declaredConnections, name) !== undefined
  );
}
