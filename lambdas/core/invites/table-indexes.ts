/** Names of the indexes of the consents table. Both are eventually consistent. */

/** What the sweep has to finish or revoke, by its time. */
export const SWEEP_INDEX = 'sweep';

/** Who authorized which connections, by client, data center and Zoho user. */
export const GRANTOR_INDEX = 'grantor';
