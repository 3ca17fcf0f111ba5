import { type Defect, defect, edit, FILES, inSecondStore, rareDefect } from './defect.ts';

const FENCE = "const publishedIsOlder = 'generation < :mine';";

/** Defects of the second store: its fence, its sealing, its routing and its credentials. */
export const SECOND_STORE_DEFECTS: readonly Defect[] = [
  rareDefect(
    'a sealed token replaces any other one',
    { breaks: ['I3'], foundIn: ['many faults'] },
    edit(FILES.sealedTokens, FENCE, "const publishedIsOlder = 'attribute_exists(generation)';"),
  ),
  rareDefect(
    'a sealed token replaces another one of its generation',
    { breaks: ['I3'], foundIn: ['the table is restored'] },
    edit(FILES.sealedTokens, FENCE, "const publishedIsOlder = 'generation <= :mine';"),
  ),
  defect(
    'a sealed token that was refused is taken for published',
    ['I1', 'I3', 'I4'],
    edit(
      FILES.sealedTokens,
      'stored !== undefined && Buffer.compare(stored.sealed, sealed) === 0',
      'stored !== undefined',
    ),
  ),
  defect(
    'tokens are sealed for the credentials',
    ['I4', 'I6'],
    edit(
      FILES.sealing,
      'return { deployment, kind, connection };',
      "return { deployment, kind: kind.replace('access-token', 'credentials') as SealedKind, connection };",
    ),
  ),
  defect(
    'a connection of the second store is refreshed in Secrets Manager',
    ['I4', 'I6'],
    edit(FILES.chooseStore, 'if (store !== undefined) return', 'if (name === store) return'),
  ),
  defect(
    'a connection in Secrets Manager is refreshed in the second store',
    ['I4', 'I6'],
    edit(
      FILES.chooseStore,
      'if (store !== undefined) return',
      'if (store !== undefined || context.shard !== undefined) return',
    ),
  ),
  defect(
    'a client does not read the table',
    ['C4'],
    edit(
      FILES.createZohoClient,
      'return table ? table.readerOf(connection, ofSecret) : ofSecret;',
      'return ofSecret;',
    ),
  ),
  defect(
    'a client of the table does not fall back to Secrets Manager',
    ['C4'],
    edit(
      FILES.tokenTable,
      'if (!CiphertextBlob) return otherwise(abortSignal);',
      "if (!CiphertextBlob) throw new TokenTableError('no token');",
    ),
  ),
  defect(
    'a client decrypts a token as that of any connection',
    ['C4'],
    edit(
      FILES.tokenTable,
      "{ kind: 'access-token', connection }",
      "{ kind: 'access-token', connection: connection.slice(1) }",
    ),
  ),
  defect(
    'a shard takes the partitions of another one',
    ['I4', 'I5', 'I6'],
    edit(
      FILES.partition,
      'shardOfPartition(partition, shards) === shard',
      'shardOfPartition(partition, shards) === Math.max(0, shard - 1)',
    ),
  ),
  defect(
    'no shard takes the last partition',
    ['I4', 'I5', 'I6'],
    edit(FILES.partition, 'Array.from({ length: PARTITIONS }', 'Array.from({ length: PARTITIONS - 1 }'),
  ),
  rareDefect(
    'a row is moved to a partition that does not exist',
    { breaks: ['I5'], foundIn: ['the fleet changes'] },
    edit(FILES.relocate, '{ ...others, partition }', '{ ...others, partition: partition + 16 }'),
  ),
  rareDefect(
    'a row that is moved is in no list any more',
    { breaks: ['I4', 'I5', 'I6'], foundIn: ['the fleet changes'] },
    edit(FILES.relocate, 'replaceIfFree(row, next,', "replaceIfFree(row, { ...next, status: 'disabled' },"),
  ),
  rareDefect(
    'what a fleet leaves behind is not read',
    { breaks: ['I4', 'I5', 'I6'], foundIn: ['the fleet is turned off'] },
    edit(FILES.dueRows, 'abandoned.looksLeft > 0', 'abandoned.looksLeft > EMPTY_LOOKS'),
  ),
  rareDefect(
    'sealed credentials are written without a comparison',
    { breaks: ['I11'], foundIn: ['rotated refresh tokens are stored'] },
    edit(
      FILES.sealedCredentials,
      "const versionIsTheOneSeen = 'version = :seen';",
      "const versionIsTheOneSeen = 'attribute_exists(version)';",
    ),
  ),
].map(inSecondStore);
