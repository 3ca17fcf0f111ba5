import { createHash } from 'node:crypto';
import type { PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { SealedFor, SealedKind } from '../../lambdas/core/secrets/sealing.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import { open, type SimulatedKms } from './simulated-kms.ts';
import { SimulatedTable, type TableWrite } from './simulated-table.ts';

/** The names of the second store's tables. */
export const SEALED_TABLES = { tokens: 'tokens', credentials: 'credentials' } as const;

const KINDS: Readonly<Record<string, SealedKind>> = {
  [SEALED_TABLES.tokens]: 'access-token',
  [SEALED_TABLES.credentials]: 'credentials',
};

export interface SealedStoreOptions {
  readonly now: () => number;
  readonly kms: SimulatedKms;
  readonly secrets: SecretStore;
  readonly secretPrefix: string;
}

/**
 * The second store of a world. What the product writes to its tables is copied to the secrets that would hold it in the first store, in
 * plain text: the checks of the promises and the actors read them there, so that they are the same for both stores.
 */
export class SealedStore {
  readonly tables: ReadonlyMap<string, SimulatedTable>;
  readonly #options: SealedStoreOptions;
  readonly #credentials: SimulatedTable;
  readonly #connections = new Set<string>();

  constructor(options: SealedStoreOptions) {
    this.#options = options;
    const tableOf = (kind: SealedKind) =>
      new SimulatedTable({
        now: options.now,
        indexLagMs: () => 0,
        returnsOldItem: () => true,
        onWrite: (write) => this.#copy(kind, write),
      });
    this.#credentials = tableOf('credentials');
    this.tables = new Map([
      [SEALED_TABLES.tokens, tableOf('access-token')],
      [SEALED_TABLES.credentials, this.#credentials],
    ]);
  }

  /** The secrets of this connection are here. */
  add(connection: string): void {
    this.#connections.add(connection);
  }

  /** An operator has stored credentials in the secret: here they replace those that are stored now. */
  storeCredentials(connection: string, text: string, versionId: string): void {
    const context = this.#contextOf({ kind: 'credentials', connection });
    const sealed = this.#options.kms.seal(Buffer.from(text), context);
    this.#credentials.plant({
      connection: { S: connection },
      version: { S: versionId },
      sealed: { B: sealed },
    });
  }

  /** Whether a secret is a copy. For the product, it does not exist. */
  isCopy(secretName: string): boolean {
    return this.#connections.has(secretName.split('/')[1] ?? '');
  }

  /** The secret that holds what an item of these tables holds. */
  secretOf({ TableName = '', Item = {} }: Partial<PutItemCommandInput>): string | undefined {
    const kind = KINDS[TableName];
    return kind && this.#secretNamed({ kind, connection: Item.connection?.S ?? '' });
  }

  #copy(kind: SealedKind, { key: connection, after }: TableWrite): void {
    const whose = { kind, connection };
    const sealed = after.sealed?.B ?? new Uint8Array();
    const text = Buffer.from(open(sealed, this.#contextOf(whose))).toString('utf8');
    const token = after.version?.S ?? idOf(sealed);
    this.#options.secrets.put(this.#secretNamed(whose), { token, value: secretText(text) });
  }

  #secretNamed({ kind, connection }: SealedFor): string {
    return `${this.#options.secretPrefix}/${connection}/${kind}`;
  }

  /** What readers decrypt with, whatever the product does. */
  #contextOf({ kind, connection }: SealedFor): Record<string, string> {
    return { deployment: this.#options.secretPrefix, kind, connection };
  }
}

/** No two encryptions give the same bytes, so each write of a token is a version of its own. */
function idOf(sealed: Uint8Array): string {
  return createHash('sha256').update(sealed).digest('hex');
}
