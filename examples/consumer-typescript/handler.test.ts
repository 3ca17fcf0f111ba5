import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeZohoClient } from 'zoho-token-refresher/testing';
import { countLeads } from './handler.ts';

test('counts the leads, also when Zoho rejects the first token', async () => {
  const zoho = createFakeZohoClient({ answers: { '/crm/v8/Leads': { data: [{}, {}] } } });
  zoho.rejectToken();

  assert.equal(await countLeads(zoho), 2);
});
