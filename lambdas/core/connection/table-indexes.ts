/**
 * Names of the connections table's indexes. Both are eventually consistent: they find candidates, and the conditional
 * write decides.
 */

/** Its first items are the connections to refresh next. */
export const DUE_INDEX = 'due';

/** Its first item is the token that expires first. */
export const EXPIRY_INDEX = 'expiry';
