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

test('a scope that exists only with ALL is not broad', () => {
  expect(findBroadScopes(['ZOHOPEOPLE.employee.ALL'], [])).toEqual([]);
});

test('the narrower scopes are only those that Zoho documents', () => {
  expect(findBroadScopes(['ZohoCRM.bulk.ALL'], [])).toEqual([
    { scope: 'ZohoCRM.bulk.ALL', narrower: ['ZohoCRM.bulk.READ', 'ZohoCRM.bulk.CREATE'] },
  ]);
});

test('declared scopes that a broad scope covers are its narrower scopes', () => {
  const granted = ['ZohoCRM.modules.ALL', 'ZohoBooks.fullaccess.all'];
  const declared = ['ZohoCRM.modules.leads.READ', 'ZohoBooks.invoices.READ', 'ZohoCRM.users.READ'];

  expect(findBroadScopes(granted, declared)).toEqual([
    { scope: 'ZohoCRM.modules.ALL', narrower: ['ZohoCRM.modules.leads.READ'] },
    { scope: 'ZohoBooks.fullaccess.all', narrower: ['ZohoBooks.invoices.READ'] },
  ]);
});

test('a broad scope is broad even when it is declared', () => {
  const [broad] = findBroadScopes(['Desk.tickets.ALL'], ['desk.tickets.all']);

  expect(broad?.narrower).toContain('Desk.tickets.READ');
});
