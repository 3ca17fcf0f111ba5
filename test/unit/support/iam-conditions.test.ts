import { expect, test } from 'vitest';
import { conditionHolds, describeCondition } from '../../support/iam-conditions.ts';

const SEALED = {
  StringEquals: {
    'kms:EncryptionContext:deployment': 'zoho',
    'kms:EncryptionContext:kind': ['code', 'grant'],
  },
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', 'invite'] },
  Null: { 'kms:EncryptionContext:invite': 'false' },
};
const REQUEST = {
  'kms:EncryptionContext:deployment': 'zoho',
  'kms:EncryptionContext:kind': 'grant',
  'kms:EncryptionContext:invite': 'x',
  'kms:EncryptionContextKeys': ['deployment', 'kind', 'invite'],
};
const { 'kms:EncryptionContext:deployment': _, ...NO_DEPLOYMENT } = REQUEST;
const { 'kms:EncryptionContext:invite': _invite, ...NO_INVITE } = REQUEST;

test.each<[string, boolean, object | undefined, Parameters<typeof conditionHolds>[1]]>([
  ['no condition', true, undefined, {}],
  ['what is asked for', true, SEALED, REQUEST],
  ['another value', false, SEALED, { ...REQUEST, 'kms:EncryptionContext:kind': 'note' }],
  ['a missing key', false, SEALED, NO_DEPLOYMENT],
  ['a key that must be given', false, SEALED, NO_INVITE],
  ['one value more', false, SEALED, { ...REQUEST, 'kms:EncryptionContextKeys': ['deployment', 'more'] }],
  ['all values of a key that is not given', true, { 'ForAllValues:StringEquals': { k: ['a'] } }, {}],
  ['a pattern', true, { StringLike: { k: 'zoho/*' } }, { k: 'zoho/a/b' }],
  ['another pattern', false, { StringLike: { k: 'zoho/*' } }, { k: 'others/a' }],
  ['a key that must not be given', true, { Null: { k: 'true' } }, {}],
  ['IfExists without the key', true, { BoolIfExists: { k: 'false' } }, {}],
  ['IfExists with another value', false, { BoolIfExists: { k: 'false' } }, { k: 'true' }],
])('of %s, a condition says %s', (_what, holds, condition, context) => {
  expect(conditionHolds(condition, context)).toBe(holds);
});

test('an operator that is not known is an error, not a permission', () => {
  expect(() => conditionHolds({ DateLessThan: { k: 'x' } }, {})).toThrow('DateLessThan');
});

test('a condition is described completely', () => {
  expect(describeCondition(SEALED, (value) => (value === 'zoho' ? 'this one' : undefined))).toEqual([
    '`kms:EncryptionContext:deployment` is this one',
    '`kms:EncryptionContext:kind` is `code` or `grant`',
    '`kms:EncryptionContextKeys` are only `deployment`, `kind`, `invite`',
    '`kms:EncryptionContext:invite` is given',
  ]);
});
