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
  readonly credentialsTable?: string;
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
  | {
      readonly kind: 'restore-rows' | 'restore-credentials';
      readonly table: string;
      readonly overwrites: boolean;
    }
);

/** DynamoDB's rule for names of tables. */
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/** Checks that the options fit together. Throws {@link UsageError}. */
export function parseAdoption(given: readonly string[], options: AdoptOptions): AdoptionRequest {
  const { all = false, from, fromTable, finish = false, overwrite: overwrites = false } = options;
  const { table, credentialsTable } = options;
  const restored = credentialsTable ?? table;
  const names = [...new Set(given.map(checkName))];
  if (all && names.length > 0) throw new UsageError('Use either names of connections or --all.');
  if (from !== undefined && restored !== undefined) {
    const [option, what] = table === undefined ? ['--credentials-table', 'credentials'] : ['--table', 'rows'];
    throw new UsageError(`--from moves connections, and ${option} restores ${what}.`, 'Use one of them.');
  }
  if (table !== undefined && credentialsTable !== undefined) {
    throw new UsageError(
      '--table restores rows, and --credentials-table restores credentials.',
      'Restore the credentials first, and then the rows.',
    );
  }
  if (finish && from === undefined) throw new UsageError('--finish needs --from.', 'Add --from OLD.');
  if (fromTable !== undefined && from === undefined) {
    throw new UsageError('--from-table needs --from.', 'Add --from OLD.');
  }
  if (overwrites && restored === undefined)
    throw new UsageError('--overwrite needs --table or --credentials-table.');
  for (const [option, name] of [
    ['--table', table],
    ['--credentials-table', credentialsTable],
    ['--from-table', fromTable],
  ] as const) {
    if (name !== undefined && !TABLE_NAME.test(name)) {
      throw new UsageError(`The value of ${option} is not the name of a table (value omitted).`);
    }
  }
  if (restored !== undefined) {
    const kind = table === undefined ? 'restore-credentials' : 'restore-rows';
    return { kind, names, table: restored, overwrites };
  }
  if (from === undefined) return { kind: 'left-behind', names };
  if (!EARLIER_SECRET_PREFIX_PATTERN.test(from)) {
    throw new UsageError(
      'The value of --from is not a prefix of secret names (value omitted).',
      'Use the secretPrefix of the old deployment, without a slash at either end.',
    );
  }
  return { kind: finish ? 'finish' : 'move', names, from, fromTable };
}
