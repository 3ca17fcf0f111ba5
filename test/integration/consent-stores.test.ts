import { afterAll, expect, test } from 'vitest';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import { ConsentDesk } from '../support/consent-desk.ts';
import { fleetKnobs, readSealed, sealedCredentialsOf } from '../support/fleet-deployment.ts';

const FLEET = { CREDENTIALS_TABLE: 'zoho-credentials', CONNECTED_STORE: 'dynamodb' };
const desk = await ConsentDesk.start(FLEET, { 'crm-prod': 'eu' }, fleetKnobs());
afterAll(() => desk.close());

const never = new AbortController().signal;

test('an invite connects a tenant whose token and credentials are stored in DynamoDB', async () => {
  desk.addClient('acme');
  const { token, id } = await desk.invite({
    connection: 'tenant-1',
    client: 'acme',
    create: true,
    scopes: ['ZohoCRM.modules.ALL'],
  });

  expect(await desk.consent(token)).toMatchObject({ kind: 'done', token_live: true });

  const row = await desk.deployment.readConnection('tenant-1');
  expect(row).toMatchObject({
    status: 'active',
    store: 'dynamodb',
    partition: partitionOf('tenant-1'),
    intent: { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
  });
  expect((await readSealed(desk.deployment, 'tenant-1'))?.document).toMatchObject({ generation: 1 });
  const stored = await sealedCredentialsOf(desk.deployment).read('tenant-1', never);
  expect(stored.kind === 'found' && JSON.parse(stored.text.reveal())).toMatchObject({
    client: 'acme',
    invite_id: id,
  });
  const { store } = desk.deployment.aws.secretsManager;
  expect(store.find('zoho/tenant-1/access-token')).toBeUndefined();
  expect(store.find('zoho/tenant-1/credentials')).toBeUndefined();
});

test('an invite for a declared connection stores its credentials in Secrets Manager', async () => {
  desk.addClient('declared');
  const { token } = await desk.invite({ connection: 'crm-prod', client: 'declared' });

  expect(await desk.consent(token)).toMatchObject({ kind: 'done', token_live: true });

  expect(desk.credentials('crm-prod')).toMatchObject({ client: 'declared' });
  expect(await sealedCredentialsOf(desk.deployment).read('crm-prod', never)).toEqual({ kind: 'empty' });
});
