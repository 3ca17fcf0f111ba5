import { describe, expect, it } from 'vitest';
import { type Item, meets, updated } from '../../simulation/expressions.ts';

const ROW: Item = {
  connection: { S: 'crm-prod' },
  generation: { N: '7' },
  nextAttemptAt: { N: '100' },
  leaseOwner: { S: 'me' },
  leaseUntil: { N: '100' },
};
const { leaseOwner: _owner, leaseUntil: _until, ...FREE_ROW } = ROW;
const NAMES = { '#next': 'nextAttemptAt' };
const VALUES = {
  ':7': { N: '7' },
  ':8': { N: '8' },
  ':99': { N: '99' },
  ':100': { N: '100' },
  ':me': { S: 'me' },
};
const PLACEHOLDERS = { names: NAMES, values: VALUES };
const LEASE_IS_FREE = 'generation = :7 AND (attribute_not_exists(leaseUntil) OR leaseUntil <= :99)';

describe('a condition', () => {
  it.each([
    ['generation = :7', true],
    [':7 = generation', true],
    ['generation = :8', false],
    ['generation = :me', false],
    ['#next = :100', true],
    ['leaseUntil < :100', false],
    ['leaseUntil <= :100', true],
    ['leaseUntil > :99', true],
    ['leaseUntil >= :8', true],
    ['leaseUntil < :me', false],
    ['leaseOwner = :me AND generation = :7', true],
    ['leaseOwner = :me OR generation = :8 AND #next = :8', true],
    ['(leaseOwner = :me OR generation = :8) AND #next = :8', false],
    ['attribute_exists(leaseOwner)', true],
    ['attribute_not_exists(leaseOwner)', false],
    ['attribute_not_exists(lastFailure)', true],
    [LEASE_IS_FREE, false],
  ])('is evaluated as DynamoDB does it: %s', (condition, expected) => {
    expect(meets(ROW, condition, PLACEHOLDERS)).toBe(expected);
  });

  it.each(['=', '<', '<=', '>', '>='])('does not hold for a missing attribute: %s', (comparator) => {
    for (const item of [FREE_ROW, undefined]) {
      expect(meets(item, `leaseUntil ${comparator} :100`, PLACEHOLDERS)).toBe(false);
    }
  });

  it('is evaluated again for each item and each set of names and values', () => {
    const condition = '#attribute = :wanted';
    const ask = (item: Item | undefined, attribute: string, wanted: string) =>
      meets(item, condition, { names: { '#attribute': attribute }, values: { ':wanted': { N: wanted } } });

    expect(ask(ROW, 'generation', '7')).toBe(true);
    expect(ask(ROW, 'generation', '8')).toBe(false);
    expect(ask(ROW, 'leaseUntil', '100')).toBe(true);
    expect(ask(FREE_ROW, 'leaseUntil', '100')).toBe(false);
    expect(ask(undefined, 'generation', '7')).toBe(false);
    expect(meets(FREE_ROW, LEASE_IS_FREE, PLACEHOLDERS)).toBe(true);
  });

  it.each(['generation = :nowhere', '#nowhere = :7'])(
    'without its name or value is an error: %s',
    (condition) => {
      expect(() => meets(ROW, condition, PLACEHOLDERS)).toThrow('nowhere');
    },
  );

  it.each(['', 'generation', 'generation == :7', '(generation = :7', 'attribute_exists()', 'generation = 7'])(
    'that is not valid is an error: "%s"',
    (condition) => {
      expect(() => meets(ROW, condition, PLACEHOLDERS)).toThrow();
    },
  );
});

describe('an update', () => {
  it.each([
    ['SET generation = :8', { ...ROW, generation: { N: '8' } }],
    ['SET #next = :99 REMOVE leaseOwner, leaseUntil', { ...FREE_ROW, nextAttemptAt: { N: '99' } }],
    ['SET generation = :8, #next = :7', { ...ROW, generation: { N: '8' }, nextAttemptAt: { N: '7' } }],
    ['REMOVE leaseOwner, leaseUntil', FREE_ROW],
    ['REMOVE neverThere', ROW],
  ])('changes a copy of the item: %s', (update, expected) => {
    const before = structuredClone(ROW);

    expect(updated(ROW, update, PLACEHOLDERS)).toEqual(expected);
    expect(ROW).toEqual(before);
  });

  it.each([
    '',
    'generation = :8',
    'SET generation',
    'SET generation = :8,',
    'SET generation = :nowhere',
    'SET #nowhere = :8',
    'SET leaseUntil = generation',
    'REMOVE',
    'REMOVE leaseOwner leaseUntil',
    'REMOVE leaseOwner SET generation = :8',
    'SET generation = generation + :7',
    'SET generation = if_not_exists(generation, :7)',
    'SET lastFailure.code = :me',
    'SET mints[0] = :7',
    'REMOVE mints[0]',
    'ADD generation :7',
  ])('that the simulated table cannot evaluate is an error: "%s"', (update) => {
    expect(() => updated(ROW, update, PLACEHOLDERS)).toThrow();
  });
});
