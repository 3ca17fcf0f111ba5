/**
 * Names of the connections table's indexes. Both are eventually consistent: they find candidates, the conditional write
 * decides.
 */

/** Its first items are the connections to be refreshed next. */
export const DUE_INDEX = 'due';

/** Its first item is the token nearest to its expiry. */
export const EXPIRY_INDEX = 'expiry';
