import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';

/** How messages name the stores. */
export const NAME_OF_STORE: Readonly<Record<SecretStoreName, string>> = {
  dynamodb: 'DynamoDB',
  'secrets-manager': 'Secrets Manager',
};

/** Where a connection of a fleet is, and what refreshes it: `in DynamoDB, refreshed by shard 2 of 4`. */
export function describePlace(
  { store, shard }: { readonly store: SecretStoreName; readonly shard: number | undefined },
  shards: number,
): string {
  const refreshedBy =
    shard === undefined ? 'the schedule of declared connections' : nameOfShard(shard, shards);
  return `in ${NAME_OF_STORE[store]}, refreshed by ${refreshedBy}`;
}

/** Shards are numbered from 0, like their alarms. */
export function nameOfShard(shard: number, shards: number): string {
  return `shard ${shard} of ${shards}`;
}
