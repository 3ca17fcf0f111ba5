import type { Construct } from 'constructs';
import { nearestName } from '../lambdas/core/nearest-name.ts';
import { ZohoConnection, type ZohoConnectionProps } from './connection.ts';
import type { Settings } from './settings/settings.ts';

/** The declared connections of a deployment, by name. */
export type DeclaredConnections = ReadonlyMap<string, ZohoConnection>;

/** Creates them. */
export function createConnections(
  scope: Construct,
  { connections, secretPrefix }: Pick<Settings, 'connections' | 'secretPrefix'>,
  shared: Omit<ZohoConnectionProps, 'connectionName' | 'settings' | 'secretPrefix'>,
): DeclaredConnections {
  return new Map(
    Object.entries(connections).map(([connectionName, settings]) => {
      const props = { ...shared, connectionName, settings, secretPrefix };
      return [connectionName, new ZohoConnection(scope, `Connection-${connectionName}`, props)];
    }),
  );
}

/** Throws for the name of a connection that is not declared. */
export function findConnection(connections: DeclaredConnections, name: string): ZohoConnection {
  const connection = connections.get(name);
  if (connection !== undefined) return connection;
  const names = [...connections.keys()];
  const nearest = nearestName(name, names);
  const suggestion = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  throw new Error(
    `No connection "${name}" is declared. Declared: ${names.join(', ') || 'none'}.${suggestion} For one that is added at run time, use zoho.runTimeConnection('${name}').`,
  );
}
