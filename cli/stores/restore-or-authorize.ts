/** What to do first about credentials that are not in DynamoDB any more: a backup saves the customers a consent. */
export const RESTORE =
  'If another table or a backup has them, restore them: docs/runbooks/TableRestored.md#the-tables-of-a-fleet.';

export function restoreOrAuthorize(connection: string): string {
  return `${RESTORE} If not, run: zoho-tokens authorize ${connection}`;
}
