import { EARLIER_SECRET_PREFIX_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { UsageError } from '../cli-error.ts';
import { checkName } from '../connections/find-connection.ts';

/** The options of `adopt` as commander returns them. */
export interface AdoptOptions {
  readonly all?: boolean;
  readonly from?: string;
  readonly fromTable?: string;
  readonly finish?: boolean;
  readonly table?: string;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
}

/** What to adopt, and from where. */
export type AdoptionRequest = {
  /** Empty for all. */
  readonly names: readonly string[];
} & (
  | { readonly kind: 'left-behind' }
  | { readonly kind: 'move' | 'finish'; readonly from: string; readonly fromTable: string | undefined }
  | { readonly kind: 'restore'; readonly table: string; readonly overwrites: boolean }
);

/** DynamoDB's rule for names of tables. */
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/** Checks that the options fit together. Throws {@link UsageError}. */
export function parseAdoption(given: readonly string[], options: AdoptOptions): AdoptionRequest {
  const { all = false, from, fromTable, finish = false, table, overwrite = false } = options;
  const names = [...new Set(given.map(checkName))];
  if (all && names.length > 0) throw new UsageError('Use either names of connections or --all.');
  if (from !== undefined && table !== undefined) {
    throw new UsageError('--from moves connections, and --table restores rows.', 'Use one of them.');
  }
  if (finish && from === undefined) throw new UsageError('--finish needs --from.', 'Add --from OLD.');
  if (fromTable !== undefined && from === undefined) {
    throw new UsageError('--from-table needs --from.', 'Add --from OLD.');
  }
  if (overwrite && table === undefined) throw new UsageError('--overwrite needs --table.');
  for (const [option, name] of [
    ['--table', table],
    ['--from-table', fromTable],
  ] as const) {
    if (name !== undefined && !TABLE_NAME.test(name)) {
      throw new UsageError(`The value of ${option} is not the name of a table (value omitted).`);
    }
  }
  if (table !== undefined) return { kind: 'restore', names, table, overwrites: overwrite };
  if (from === undefined) return { kind: 'left-behind', names };
  if (!EARLIER_SECRET_PREFIX_PATTERN.test(from)) {
    throw new UsageError(
      'The value of --from is not a prefix of secret names (value omitted).',
      'Use the secretPrefix of the old deployment, without a slash at either end.',
    );
  }
  return { kind: finish ? 'finish' : 'move', names, from, fromTable };
}
