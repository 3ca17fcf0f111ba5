import { expect, test } from 'vitest';
import { type ConsentEvent, consentEventDetail } from '../../../../lambdas/core/invites/consent-event.ts';

const event: ConsentEvent = {
  state: 'authorized',
  invite: { id: 'ID', connection: 'crm', client: 'acme', subject: 'user-1', createdBy: 'arn:x' },
  dataCenter: 'eu',
  by: { zuid: '1', email: 'a@b.example', orgId: '70', orgName: 'Acme', awsPrincipal: undefined },
  atMs: 0,
};

test('an event names ids and principals, and the email only if the deployment wants it', () => {
  const detail = consentEventDetail(event, { secretPrefix: 'zoho', announcesEmail: false });

  expect(detail).toEqual({
    version: '1',
    secret_prefix: 'zoho',
    state: 'authorized',
    connection: 'crm',
    client: 'acme',
    invite_id: 'ID',
    subject: 'user-1',
    data_center: 'eu',
    created_by: 'arn:x',
    consented_by: { zuid: '1', org_id: '70' },
    at: '1970-01-01T00:00:00.000Z',
  });
  expect(consentEventDetail(event, { secretPrefix: 'zoho', announcesEmail: true })).toMatchObject({
    email: 'a@b.example',
  });
});

test('an event of an invite that waits says what is not as expected', () => {
  const awaiting: ConsentEvent = { ...event, state: 'awaiting', mismatch: ['data_center'] };

  expect(consentEventDetail(awaiting, { secretPrefix: 'zoho', announcesEmail: false })).toMatchObject({
    mismatch: ['data_center'],
  });
});
