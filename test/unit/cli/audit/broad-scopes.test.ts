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
])('%s is broad: there is %s', (scope, narrower) => {
  const [broad] = findBroadScopes([scope], []);

  expect(broad).toMatchObject({ scope, narrower: expect.arrayContaining([narrower]) });
});

test.each(['ZohoCRM.modules.READ', 'ZohoCRM.coql.READ', 'Desk.tickets.CREATE', 'ZohoCRM.allowed.READ'])(
  '%s is not',
  (scope) => {
    expect(findBroadScopes([scope], [])).toEqual([]);
  },
);

test('a scope that Zoho has only with ALL is not broad', () => {
  expect(findBroadScopes(['ZOHOPEOPLE.employee.ALL'], [])).toEqual([]);
});

test('a scope that has fewer operations than others has only those as narrower ones', () => {
  expect(findBroadScopes(['ZohoCRM.bulk.ALL'], [])).toEqual([
    { scope: 'ZohoCRM.bulk.ALL', narrower: ['ZohoCRM.bulk.READ', 'ZohoCRM.bulk.CREATE'] },
  ]);
});

test('what was declared more narrowly is what is narrower', () => {
  const granted = ['ZohoCRM.modules.ALL', 'ZohoBooks.fullaccess.all'];
  const declared = ['ZohoCRM.modules.leads.READ', 'ZohoBooks.invoices.READ', 'ZohoCRM.users.READ'];

  expect(findBroadScopes(granted, declared)).toEqual([
    { scope: 'ZohoCRM.modules.ALL', narrower: ['ZohoCRM.modules.leads.READ'] },
    { scope: 'ZohoBooks.fullaccess.all', narrower: ['ZohoBooks.invoices.READ'] },
  ]);
});

test('a broad scope that was declared as it is stays one', () => {
  const [broad] = findBroadScopes(['Desk.tickets.ALL'], ['desk.tickets.all']);

  expect(broad?.narrower).toContain('Desk.tickets.READ');
});
