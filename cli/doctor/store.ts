import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import type { ReadResult } from '../aws/try-read.ts';
import type { DeployedFleet } from '../deployment/deployment.ts';
import { firstNames } from '../reports/first-names.ts';
import { describePlace } from '../reports/place.ts';
import { type Finding, fail, pass, unavailable, unknown } from './finding.ts';
import { shardOf } from './shards.ts';

/** Whether the tables of the second store are deployed, if connections are in them. */
export function judgeStores(
  rows: ReadResult<readonly (Connection | MalformedRow)[]>,
  hasFleet: boolean,
): Finding {
  if (rows.kind === 'unavailable') return unavailable('the stores of the connections', rows.error);
  const sealed = rows.value.flatMap((row) => (!('malformed' in row) && isSealed(row) ? [row.name] : []));
  const count = `${sealed.length} of ${rows.value.length} connections`;
  if (hasFleet || sealed.length === 0)
    return pass(`${sealed.length === 0 ? 'no connection is' : `${count} are`} in DynamoDB`);
  return failWithoutFleet(
    `${count} are in DynamoDB (${firstNames(sealed)}), but the deployment has no fleet any more`,
  );
}

/** What `doctor` knows about the store of a connection. */
export interface StoreFacts {
  readonly name: string;
  readonly row: ReadResult<Connection | undefined>;
  readonly fleet: DeployedFleet | undefined;
  /** What a move has left in the other store. */
  readonly leftovers: ReadResult<readonly string[]>;
}

/** Where a connection is, which shard refreshes it, and whether a move to there has finished. */
export function judgeStore({ name, row, fleet, leftovers }: StoreFacts): Finding {
  if (row.kind === 'unavailable') return unavailable('the row', row.error);
  if (row.value === undefined) return unknown('the connection has no row');
  const { value: known } = row;
  if (isSealed(known) && fleet === undefined)
    return failWithoutFleet('it is in DynamoDB, but the deployment has no fleet any more');
  const store = known.store ?? 'secrets-manager';
  const where = describePlace({ store, shard: shardOf(known, fleet) }, fleet?.shards ?? 0);
  if (leftovers.kind === 'unavailable') return unavailable(`${where}; what a move has left`, leftovers.error);
  if (leftovers.value.length === 0) return pass(where);
  return fail(
    `${where}, but a move did not finish: ${leftovers.value.join(' and ')} ${leftovers.value.length === 1 ? 'is' : 'are'} left in the other store`,
    `Run: zoho-tokens move ${name} --to ${store}, which removes what is left.`,
  );
}

/** True if the tables are missing in which a connection has its secrets. */
export function isWithoutTables(row: Connection | undefined, fleet: DeployedFleet | undefined): boolean {
  return row !== undefined && isSealed(row) && fleet === undefined;
}

function isSealed({ store }: Connection): boolean {
  return store === 'dynamodb';
}

/** The finding about connections whose tables are not deployed. `found` says which. */
export function failWithoutFleet(found: string): Finding {
  return fail(
    `${found}: no token is refreshed`,
    'Deploy connectedStore: secrets-manager with fleetShards: 1 again, and copy the credentials from the table that was retained: see docs/operating.md#turning-a-fleet-off.',
  );
}
