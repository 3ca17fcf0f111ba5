import { describe, expect, test } from 'vitest';
import { formatScopes, isScope, missingScopes, parseScopes } from '../../../../lambdas/core/zoho/scopes.ts';

describe('the scopes of an answer', () => {
  test.each([
    ['A.x,B.y', ['A.x', 'B.y']],
    ['A.x B.y', ['A.x', 'B.y']],
    ['A.x, B.y', ['A.x', 'B.y']],
    ['  A.x  ', ['A.x']],
    ['A.x,A.x', ['A.x']],
    ['A.x\nB.y', ['A.x', 'B.y']],
    [',,', []],
    ['', []],
  ])('are read from %j', (text, scopes) => {
    expect(parseScopes(text)).toEqual(scopes);
  });

  test('are stored separated by commas, in the order given', () => {
    expect(formatScopes(parseScopes('B.y A.x'))).toBe('B.y,A.x');
  });
});

describe('scopes that are missing', () => {
  test('are those that are declared and were not granted', () => {
    expect(missingScopes(['A.x', 'B.y', 'C.z'], 'B.y,D.w')).toEqual(['A.x', 'C.z']);
  });

  test('are compared without regard to case', () => {
    expect(missingScopes(['ZohoCRM.modules.ALL'], 'zohocrm.MODULES.all')).toEqual([]);
  });

  test('are not found by a part of a name', () => {
    expect(missingScopes(['ZohoCRM.modules'], 'ZohoCRM.modules.ALL')).toEqual(['ZohoCRM.modules']);
  });

  test('are none when nothing is declared', () => {
    expect(missingScopes([], 'A.x')).toEqual([]);
  });
});

describe('a granted scope that is broader than a declared one', () => {
  test.each([
    ['ZohoCRM.modules.ALL', 'ZohoCRM.modules.leads.READ'],
    ['ZohoCRM.modules.ALL', 'ZohoCRM.modules.leads.ALL'],
    ['ZohoCRM.modules.ALL', 'zohocrm.modules.read'],
    ['ZohoCRM.modules.leads.ALL', 'ZohoCRM.modules.leads.UPDATE'],
    ['Desk.tickets.ALL', 'Desk.tickets.READ'],
    ['ZohoBooks.fullaccess.all', 'ZohoBooks.invoices.READ'],
  ])('%s covers %s', (granted, declared) => {
    expect(missingScopes([declared], granted)).toEqual([]);
  });

  test.each([
    ['ZohoCRM.modules.READ', 'ZohoCRM.modules.leads.READ'],
    ['ZohoCRM.modules.leads.ALL', 'ZohoCRM.modules.ALL'],
    ['ZohoCRM.modules.leads.ALL', 'ZohoCRM.modules.deals.READ'],
    ['ZohoCRM.modules.ALL', 'ZohoCRM.settings.READ'],
    ['ZohoCRM.modules.ALL', 'ZohoCRM.modules.leads.notes.READ'],
    ['ZohoCRM.modules.ALL', 'ZohoCRM.modules.leads'],
    ['ZohoCRM.modules.ALL', 'ZohoRecruit.modules.READ'],
    ['ZohoCRM.settings.ALL', 'ZohoCRM.settings.fields.READ'],
    ['ZohoCRM.modules.leads.READ', 'ZohoCRM.modules.leads.ALL'],
    ['ZohoCRM.ALL', 'ZohoCRM.READ'],
    ['ZohoBooks.fullaccess.all', 'ZohoInvoice.invoices.READ'],
    ['ZohoInventory.fullaccess.all', 'ZohoInventory.items.READ'],
  ])('%s does not cover %s', (granted, declared) => {
    expect(missingScopes([declared], granted)).toEqual([declared]);
  });
});

test.each([
  ['ZohoCRM.modules.ALL', true],
  ['email', true],
  ['ZohoCRM.', false],
  ['.ALL', false],
  ['5a', false],
  ['a b', false],
  ['a'.repeat(42), false],
  ['a'.repeat(43), true],
  ['z'.repeat(200), true],
  ['z'.repeat(201), false],
])('%s looks like a scope: %s', (text, expected) => {
  expect(isScope(text)).toBe(expected);
});
