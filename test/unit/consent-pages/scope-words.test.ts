import { expect, test } from 'vitest';
import { describeScope } from '../../../lambdas/consent-pages/pages/scope-words.ts';

test.each([
  ['ZohoCRM.modules.ALL', 'Zoho CRM', 'Read, create, change and delete records of every module'],
  ['ZohoCRM.modules.leads.READ', 'Zoho CRM', 'Read records of the module Leads'],
  ['ZohoCRM.modules.custom_module_3.UPDATE', 'Zoho CRM', 'Change records of the module Custom module 3'],
  ['ZohoCRM.settings.fields.READ', 'Zoho CRM', 'Read settings: fields'],
  ['ZohoCRM.org.READ', 'Zoho CRM', 'Read the details of your organization'],
  ['zohocrm.coql.read', 'Zoho CRM', 'Read records that match a query, in every module'],
  ['Desk.tickets.CREATE', 'Zoho Desk', 'Create tickets'],
  ['ZohoBooks.fullaccess.all', 'Zoho Books', 'Everything: full access'],
  ['ZohoBooks.contacts.WRITE', 'Zoho Books', 'Create and change contacts'],
  ['ZohoMail.messages.DELETE', 'Zoho Mail', 'Delete messages'],
  ['WorkDrive.files.ALL', 'Zoho WorkDrive', 'Read, create, change and delete files'],
  ['ZohoSearch.securesearch.READ', 'Zoho Search', 'Read securesearch'],
  ['ZohoPeople.timeTracker.ALL', 'Zoho People', 'Read, create, change and delete time tracker'],
  ['ZohoCampaigns.ALL', 'Zoho Campaigns', 'Read, create, change and delete everything'],
  ['AaaServer.profile.READ', 'Your Zoho profile', 'Read your name and email address'],
  ['email', 'Your Zoho profile', 'Read your email address'],
  ['Newcomer.things.share', 'Newcomer', 'Access to things, share'],
  ['something', 'something', 'Access'],
])('%s: %s, %s', (scope, product, words) => {
  expect(describeScope(scope)).toEqual({ product, words });
});
