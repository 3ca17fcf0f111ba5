import { expect, test } from 'vitest';
import { findBroadScopes } from '../../../../cli/audit/broad-scopes.ts';

test.each([
  ['ZohoCRM.modules.ALL', 'ZohoCRM.modules.READ'],
  ['ZohoCRM.modules.leads.ALL', 'ZohoCRM.modules.leads.READ'],
  ['zohocrm.MODULES.all', 'ZohoCRM.modules.READ'],
  ['ZohoBooks.fullaccess.all', 'ZohoBooks.contacts.READ'],
  ['ZohoInventory.fullaccess.all', 'ZohoInventory.MODULE.READ'],
  ['Desk.tickets.ALL', 'Desk.tickets.UPDATE'],
  ['aaaserver.profile.ALL', 'aaaserver.profile.READ'],
])('%s is broad: %s is narrower', (scope, narrower) => {
  const [broad] = findBroadScopes([scope], []);

  expect(broad).toMatchObject({ scope, narrower: expect.arrayContaining([narrower]) });
});

test.each(['ZohoCRM.modules.READ', 'ZohoCRM.coql.READ', 'Desk.tickets.CREATE', 'ZohoCRM.allowed.READ'])(
  '%s is not broad',
  (scope) => {
    expect(findBroadScopes([scope], [])).toEqual([]);
  },
);

test.each<[fact: string, granted: string[], declared: string[], expected: unknown]>([
  ['a scope that exists only with ALL is not broad', ['ZOHOPEOPLE.employee.ALL'], [], []],
  [
    'the narrower scopes are only those that Zoho documents',
    ['ZohoCRM.bulk.ALL'],
    [],
    [{ scope: 'ZohoCRM.bulk.ALL', narrower: ['ZohoCRM.bulk.READ', 'ZohoCRM.bulk.CREATE'] }],
  ],
  [
    'declared scopes that a broad scope covers are its narrower scopes',
    ['ZohoCRM.modules.ALL', 'ZohoBooks.fullaccess.all'],
    ['ZohoCRM.modules.leads.READ', 'ZohoBooks.invoices.READ', 'ZohoCRM.users.READ'],
    [
      { scope: 'ZohoCRM.modules.ALL', narrower: ['ZohoCRM.modules.leads.READ'] },
      { scope: 'ZohoBooks.fullaccess.all', narrower: ['ZohoBooks.invoices.READ'] },
    ],
  ],
  [
    'a broad scope is broad even when it is declared',
    ['Desk.tickets.ALL'],
    ['desk.tickets.all'],
    [{ scope: 'Desk.tickets.ALL', narrower: expect.arrayContaining(['Desk.tickets.READ']) }],
  ],
])('%s', (_, granted, declared, expected) => {
  expect(findBroadScopes(granted, declared)).toEqual(expected);
});
