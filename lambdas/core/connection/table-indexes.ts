import { PARTITIONS } from './partition.ts';

/**
 * Names of the connections table's indexes. Both are eventually consistent: they find candidates, and the conditional
 * write decides.
 */

/** Its first items are the connections to refresh next. */
export const DUE_INDEX = 'due';

/** Its first item is the token that expires first. */
export const EXPIRY_INDEX = 'expiry';

/** The partition keys of rows that are due, and of those that should have a valid token. */
export function indexKeysOf(partition: number | undefined): {
  readonly queue: string;
  readonly live: string;
} {
  const suffix = partition === undefined ? '' : `#${partition}`;
  return { queue: `due${suffix}`, live: `live${suffix}` };
}

/** The partition that a partition key names. Undefined for that of declared connections, and for what is no partition. */
export function partitionInKey(queue: string): number | undefined {
  const [, digits] = /^due#(\d{1,2})$/.exec(queue) ?? [];
  const partition = Number(digits);
  return partition < PARTITIONS ? partition : undefined;
}
