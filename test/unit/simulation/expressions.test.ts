import type { AddressInfo } from 'node:net';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfigFor } from '../../../sandbox/aws/client-config.ts';
import { createConnectionsTable } from '../../../sandbox/aws/connections-table.ts';
import { runs } from '../../property/fuzz-runs.ts';
import { type Item, meets, updated } from '../../simulation/item-expressions.ts';

const KEY = { connection: { S: 'crm-prod' } };

const ITEMS: Readonly<Record<string, Item | undefined>> = {
  'no item': undefined,
  'a leased one': {
    ...KEY,
    generation: { N: '7' },
    nextAttemptAt: { N: '100' },
    leaseOwner: { S: 'me' },
    leaseUntil: { N: '100' },
    mints: { L: [{ N: '1' }] },
  },
  'a free one': { ...KEY, generation: { N: '7' }, nextAttemptAt: { N: '100' }, mints: { L: [] } },
  'one of other types': {
    ...KEY,
    generation: { S: '7' },
    leaseOwner: { N: '5' },
    leaseUntil: { S: '100' },
    mints: { S: '' },
  },
};

const NAMES: Readonly<Record<string, string>> = { '#connection': 'connection', '#next': 'nextAttemptAt' };
const VALUES: Readonly<Record<string, AttributeValue>> = {
  ':seven': { N: '7' },
  ':alsoSeven': { N: '7.0' },
  ':eight': { N: '8' },
  ':ninetynine': { N: '99' },
  ':hundred': { N: '100' },
  ':alsoHundred': { N: '1e2' },
  ':sevenText': { S: '7' },
  ':hundredText': { S: '100' },
  ':me': { S: 'me' },
  ':you': { S: 'You' },
  ':list': { L: [{ N: '3' }, { S: 'x' }] },
  ':map': { M: { code: { S: 'throttled' }, at: { N: '1' } } },
};

const FREE =
  'generation = :seven AND nextAttemptAt = :hundred AND (attribute_not_exists(leaseUntil) OR leaseUntil <= :ninetynine)';

const CONDITIONS: readonly string[] = [
  'generation = :seven',
  'generation = :alsoSeven',
  'generation = :eight',
  'generation = :sevenText',
  ':seven = generation',
  ':seven = :alsoSeven',
  'leaseUntil = :alsoHundred',
  '#next = :hundred',
  'leaseUntil < :hundred',
  'leaseUntil <= :hundred',
  'leaseUntil > :hundred',
  'leaseUntil >= :hundred',
  'leaseUntil < :hundredText',
  'leaseUntil <= :hundredText',
  'leaseUntil > :ninetynine',
  'generation < :eight',
  'leaseUntil < :sevenText',
  'leaseUntil = :sevenText',
  'leaseOwner = :me',
  'leaseOwner > :you',
  'leaseOwner <= :sevenText',
  'mints = :seven',
  'attribute_exists(leaseUntil)',
  'attribute_not_exists(leaseUntil)',
  'attribute_exists (leaseUntil)',
  'attribute_exists(mints)',
  'attribute_not_exists(#connection)',
  'generation=:seven AND(leaseOwner=:me OR leaseUntil<:eight)',
  'attribute_exists(leaseOwner) OR generation = :eight AND nextAttemptAt = :eight',
  '(attribute_exists(leaseOwner) OR generation = :eight) AND nextAttemptAt = :eight',
  'generation = :eight AND nextAttemptAt = :eight OR attribute_exists(leaseOwner)',
  'generation = :eight AND (nextAttemptAt = :eight OR attribute_exists(leaseOwner))',
  '(generation = :eight OR (leaseOwner = :me AND (leaseUntil = :hundred OR generation = :eight)))',
  FREE,
  'generation = :seven AND leaseOwner = :me',
];

const UPDATES: readonly string[] = [
  'SET generation = :eight',
  'SET generation = :eight, leaseOwner = :you, leaseUntil = :hundred',
  'SET #next = :eight REMOVE leaseOwner, leaseUntil',
  'REMOVE leaseOwner, leaseUntil SET generation = :eight',
  'REMOVE leaseOwner',
  'REMOVE neverThere',
  'SET mints = :list, lastFailure = :map',
  'SET leaseUntil = #next',
];

/** What neither DynamoDB nor the simulation takes. */
const NONSENSE: readonly string[] = [
  '',
  'generation',
  'generation = ',
  '= :seven',
  'generation :seven',
  'generation == :seven',
  'generation = :seven AND',
  'OR generation = :seven',
  '(generation = :seven',
  'generation = :seven)',
  'generation = :seven leaseOwner = :me',
  'attribute_exists leaseUntil',
  'attribute_exists(leaseUntil',
  'attribute_exists()',
  'Attribute_Exists(leaseUntil)',
  'generation = 7',
  '7 = generation',
  "leaseOwner = 'me'",
];

/** What DynamoDB knows and the simulation does not. */
const BEYOND: readonly string[] = [
  'generation <> :seven',
  'NOT generation = :seven',
  'generation BETWEEN :seven AND :eight',
  'generation IN (:seven, :eight)',
  'begins_with(leaseOwner, :me)',
  'contains(mints, :seven)',
  'size(mints) = :seven',
  'lastFailure.code = :me',
  'mints[0] = :seven',
  'generation = :seven and leaseOwner = :me',
];

describe('a condition', () => {
  const item = ITEMS['a leased one'];

  it('binds AND before OR, and parentheses before both', () => {
    const [no, yes] = ['generation = :eight', 'generation = :seven'];

    expect(meets(item, `${yes} OR ${no} AND ${no}`, { values: VALUES })).toBe(true);
    expect(meets(item, `(${yes} OR ${no}) AND ${no}`, { values: VALUES })).toBe(false);
    expect(meets(item, `${no} AND ${no} OR ${yes}`, { values: VALUES })).toBe(true);
    expect(meets(item, `${no} AND (${no} OR ${yes})`, { values: VALUES })).toBe(false);
  });

  it.each(['=', '<', '<=', '>', '>='])('on an attribute that is missing does not hold: %s', (comparator) => {
    for (const absent of [undefined, KEY]) {
      expect(meets(absent, `leaseUntil ${comparator} :hundred`, { values: VALUES })).toBe(false);
      expect(meets(absent, `leaseUntil ${comparator} nextAttemptAt`, {})).toBe(false);
    }
  });

  it.each(['=', '<', '<=', '>', '>='])('does not hold between a number and a text: %s', (comparator) => {
    expect(meets(item, `generation ${comparator} :sevenText`, { values: VALUES })).toBe(false);
    expect(meets(item, `leaseOwner ${comparator} :seven`, { values: VALUES })).toBe(false);
  });

  it('is judged anew for each item and each set of values', () => {
    const condition = 'generation = :wanted';

    expect(meets(item, condition, { values: { ':wanted': { N: '7' } } })).toBe(true);
    expect(meets(item, condition, { values: { ':wanted': { N: '8' } } })).toBe(false);
    expect(meets(undefined, condition, { values: { ':wanted': { N: '7' } } })).toBe(false);
  });

  it('without a name or a value that it needs is refused', () => {
    expect(() => meets(item, 'generation = :nowhere', { values: VALUES })).toThrow('needs :nowhere');
    expect(() => meets(item, '#nowhere = :seven', { values: VALUES })).toThrow('needs #nowhere');
  });

  it.each([...NONSENSE, ...BEYOND])(
    'that is not understood is refused, whatever the item: %s',
    (condition) => {
      for (const each of Object.values(ITEMS)) {
        expect(() => meets(each, condition, { names: NAMES, values: VALUES })).toThrow(
          'The simulated table does not understand the expression',
        );
      }
    },
  );
});

describe('an update', () => {
  it('leaves the item that it was given as it was', () => {
    const item = { ...KEY, generation: { N: '7' }, leaseOwner: { S: 'me' } };

    const after = updated(item, 'SET generation = :eight REMOVE leaseOwner', { values: VALUES });

    expect(after).toEqual({ ...KEY, generation: { N: '8' } });
    expect(item).toEqual({ ...KEY, generation: { N: '7' }, leaseOwner: { S: 'me' } });
  });

  it('from an attribute that is missing is refused', () => {
    expect(() => updated(KEY, 'SET leaseUntil = nextAttemptAt', {})).toThrow('needs a value');
  });

  it.each([
    'generation = :eight',
    'set generation = :eight',
    'SET generation',
    'SET generation = ',
    'SET generation = :eight,',
    'SET generation = generation + :seven',
    'SET generation = if_not_exists(generation, :seven)',
    'SET mints = list_append(mints, :list)',
    'SET lastFailure.code = :me',
    'SET mints[0] = :seven',
    'REMOVE mints[0]',
    'REMOVE',
    'REMOVE leaseOwner leaseUntil',
    'ADD generation :seven',
    'DELETE mints :list',
  ])('that is not understood is refused: %s', (update) => {
    expect(() => updated(ITEMS['a leased one'] ?? KEY, update, { values: VALUES })).toThrow(
      'The simulated table does not understand the expression',
    );
  });
});

describe('the simulation and dynalite over HTTP', () => {
  const TableName = 'connections';
  const server = dynalite({ createTableMs: 0 });
  let client: DynamoDBClient;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    client = new DynamoDBClient({ ...clientConfigFor(`http://127.0.0.1:${port}`), maxAttempts: 1 });
    await createConnectionsTable(client, TableName);
    for (const [name, item] of Object.entries(ITEMS)) {
      if (item === undefined) continue;
      await client.send(new PutItemCommand({ TableName, Item: { ...item, connection: { S: name } } }));
    }
  });
  afterAll(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });

  /** Whether dynalite holds a condition for true of a stored item, asked by a write that changes nothing. */
  async function holdsInDynalite(name: string, condition: string): Promise<unknown> {
    const asked = {
      TableName,
      Key: { connection: { S: name } },
      ConditionExpression: condition,
      ...given(condition),
    };
    const isThere = ITEMS[name] !== undefined;
    return await outcomeOf(async () => {
      if (isThere) await client.send(new UpdateItemCommand({ ...asked, UpdateExpression: 'REMOVE never' }));
      else await client.send(new DeleteItemCommand(asked));
      return true;
    });
  }

  /** What dynalite makes of an item by an update. */
  async function updatedByDynalite(item: Item | undefined, update: string): Promise<unknown> {
    const Key = { connection: { S: 'to be updated' } };
    if (item === undefined) await client.send(new DeleteItemCommand({ TableName, Key }));
    else await client.send(new PutItemCommand({ TableName, Item: { ...item, ...Key } }));
    return await outcomeOf(async () => {
      const asked = { TableName, Key, UpdateExpression: update, ...given(update) };
      const { Attributes } = await client.send(new UpdateItemCommand({ ...asked, ReturnValues: 'ALL_NEW' }));
      return { ...Attributes, ...KEY };
    });
  }

  const itemNames = Object.keys(ITEMS);

  it.each(CONDITIONS)('agree on whom the condition holds for: %s', async (condition) => {
    for (const name of itemNames) {
      const real = await holdsInDynalite(name, condition);

      expect([name, holdsInSimulation(name, condition)]).toEqual([name, real]);
    }
  });

  it.each(NONSENSE.filter((condition) => condition !== ''))(
    'agree that this is no condition: %s',
    async (condition) => {
      expect(await holdsInDynalite('a leased one', condition)).toBe('refused');
    },
  );

  it.each(BEYOND)('do not know the same, and the simulation does not guess: %s', async (condition) => {
    expect([true, false]).toContain(await holdsInDynalite('a leased one', condition));
  });

  it.each(UPDATES)('agree on what the update makes of an item: %s', async (update) => {
    for (const item of Object.values(ITEMS)) {
      const real = await updatedByDynalite(item, update);

      expect(await outcomeOf(() => updated(item ?? KEY, update, placeholdersIn(update)))).toEqual(real);
    }
  });

  it('agree on conditions of any shape', async () => {
    await fc.assert(
      fc.asyncProperty(conditions, fc.constantFrom(...itemNames), async (condition, name) => {
        expect(holdsInSimulation(name, condition)).toBe(await holdsInDynalite(name, condition));
      }),
      runs(25),
    );
  });
});

function holdsInSimulation(name: string, condition: string): boolean {
  return meets(ITEMS[name], condition, placeholdersIn(condition));
}

/** What comes of an expression: `refused` when it makes no sense. */
async function outcomeOf(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    const { name = '', message = '' } = error instanceof Error ? error : {};
    return name === 'ValidationException' || message.startsWith('The expression needs') ? 'refused' : error;
  }
}

const comparisons = fc
  .tuple(
    fc.constantFrom('generation', 'leaseUntil', '#next', 'leaseOwner', 'neverThere'),
    fc.constantFrom('=', '<', '<=', '>', '>='),
    fc.constantFrom(':seven', ':hundred', ':ninetynine', ':sevenText', ':me'),
  )
  .map((parts) => parts.join(' '));
const existences = fc
  .tuple(
    fc.constantFrom('attribute_exists', 'attribute_not_exists'),
    fc.constantFrom('leaseOwner', '#connection', 'neverThere'),
  )
  .map(([check, attribute]) => `${check}(${attribute})`);

/** Trees of AND and OR, with parentheses here and there: never double ones, which DynamoDB refuses. */
const conditions = fc.letrec<{ any: string; group: string; term: string }>((tie) => ({
  term: fc.oneof({ weight: 3, arbitrary: comparisons }, existences),
  group: fc
    .tuple(tie('any'), fc.constantFrom('AND', 'OR'), tie('term'))
    .map(([left, joint, right]) => `(${left} ${joint} ${right})`),
  any: fc.oneof(
    { maxDepth: 3 },
    tie('term'),
    fc
      .tuple(
        fc.oneof({ weight: 2, arbitrary: tie('term') }, tie('group')),
        fc.constantFrom('AND', 'OR'),
        tie('any'),
      )
      .map((parts) => parts.join(' ')),
  ),
})).any;

/** Only the names and values that stand in the expression: DynamoDB refuses those that do not. */
function placeholdersIn(expression: string) {
  const words = new Set(expression.match(/[#:]\w+/g));
  const used = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([word]) => words.has(word)));
  return { names: used(NAMES), values: used(VALUES) };
}

/** The same as a request has them: never empty. */
function given(expression: string) {
  const { names, values } = placeholdersIn(expression);
  return {
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
