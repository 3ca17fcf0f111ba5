import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalDeployment, TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { startDeployment } from '../support/sandbox.ts';

const NAMES = ['books', 'crm', 'desk', 'mail'];
const ALARM = 'ALARM: Zoho client acme is refused: invalid_client_secret';
const OK = 'OK: Zoho client acme is accepted again';

let deployment: LocalDeployment;
let shared: { client_id: string; data_center: string; client_secret: string };
beforeAll(async () => {
  const declare = (scopes: string[]) => ({ dataCenter: 'eu', scopes }) as const;
  const names = [...NAMES, 'own-client'];
  const scopes = ['ZohoCRM.modules.ALL'];
  deployment = await startDeployment({
    connections: Object.fromEntries(names.map((name) => [name, declare(scopes)])),
  });
  const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter: 'eu' });
  shared = { client_id: clientId, data_center: 'eu', client_secret: clientSecret };
  deployment.putClient('acme', shared);
  for (const name of NAMES) deployment.authorizeWithClient(name, 'acme', clientId);
  deployment.authorize('own-client');
  await deployment.runMinutes(1);
});
afterAll(() => deployment.close());

const subjects = () => deployment.aws.sns.messages.map(({ subject }) => subject);
const statuses = async () =>
  await Promise.all(NAMES.map(async (name) => (await deployment.readConnection(name)).status));

it('of the connections of a refused client, on-call is notified once, by the name of the client', async () => {
  deployment.zoho.regenerateSecret(shared.client_id);

  await deployment.runMinutes(75, { every: 5 });

  expect(await statuses()).toEqual(NAMES.map(() => 'blocked'));
  expect(deployment.aws.sns.messages).toMatchObject([
    {
      topic: TOPICS.page,
      subject: ALARM,
      attributes: { client: 'acme', problem: 'client-refused', state: 'begun' },
    },
  ]);
  const [{ message = '', attributes = {} } = {}] = deployment.aws.sns.messages;
  expect(message).toContain('Fix: zoho-tokens client rotate acme\n');
  expect(message).toMatch(/Connections: [1-4] of 4 that use the client are blocked: \w+/);
  expect(attributes).not.toHaveProperty('connection');
});

it('a connection with a client of its own is notified by name meanwhile', async () => {
  deployment.putCredentials('own-client', 'no JSON');
  await deployment.refresh('own-client');

  expect(subjects()).toEqual([ALARM, 'ALARM: Zoho own-client is blocked: malformed_credentials']);
});

it('on-call is notified once when the client is accepted again, and nothing stays pending', async () => {
  const { clientSecret } = deployment.zoho.regenerateSecret(shared.client_id);
  deployment.putClient('acme', { ...shared, client_secret: clientSecret }, { pending: true });

  await deployment.runMinutes(9, { every: 3 });

  expect(await statuses()).toEqual(NAMES.map(() => 'active'));
  expect(subjects().slice(2)).toEqual([OK]);
  for (const name of NAMES)
    expect(await deployment.readConnection(name)).toMatchObject({ incidents: [], notifyAtMs: undefined });
});

it('a client that is refused again is notified again', async () => {
  deployment.aws.secretsManager.store.deleteNow('zoho/acme/client');
  for (const name of NAMES) await deployment.refresh(name);

  await deployment.runMinutes(2);

  expect(subjects().slice(3)).toEqual(['ALARM: Zoho client acme is refused: unknown_client']);
});
