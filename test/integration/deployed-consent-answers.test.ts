import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployedConsent } from '../support/deployed-consent.ts';
import { HttpVisitor } from '../support/http-visitor.ts';

/** What comes back from Zoho, and what does not: the bundles of both functions on Lambda's Node, behind an HTTP API. */
let deployed: DeployedConsent;

beforeAll(async () => {
  deployed = await DeployedConsent.start();
});
afterAll(() => deployed?.close());

describe('an answer that is not as Zoho sends it', () => {
  const changed = async (change: (back: URL) => void) => {
    const invite = await deployed.invite();
    const visitor = new HttpVisitor();
    const back = new URL(await visitor.arrive(invite.url));
    change(back);
    const page = await visitor.open(back.href);
    const { reason } = await deployed.invites.get(invite.id);
    return { title: page.title, reason, exchanges: deployed.exchangesOf(invite.clientId), invite, visitor };
  };

  test.each([
    ['location and accounts-server name two data centers', { location: 'us' }],
    [
      'the accounts server is no server of Zoho',
      { 'accounts-server': 'https://accounts.zoho.eu.evil.example' },
    ],
    ['the data center is unknown', { location: 'xx', 'accounts-server': 'https://accounts.zoho.xx' }],
  ])('%s: the code is sent nowhere', async (_, parameters) => {
    const { title, reason, exchanges } = await changed((back) => {
      for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value);
    });

    expect({ title, reason, exchanges }).toEqual({
      ...{ title: 'Not connected', reason: 'unknown_data_center', exchanges: 0 },
    });
  });

  test.each([
    ['twice the same parameter', (back: URL) => back.searchParams.append('code', '1000.other')],
    ['neither a code nor an error', (back: URL) => back.searchParams.delete('code')],
  ])('%s: nothing is exchanged, and the link still works', async (_, change) => {
    const { title, exchanges, invite, visitor } = await changed(change);

    expect({ title, exchanges }).toEqual({ title: 'Not connected', exchanges: 0 });
    expect(await visitor.consent(invite.url)).toMatchObject({ title: 'Connected' });
  });

  test.each([
    ['two states', (back: URL) => back.searchParams.append('state', 'B'.repeat(43))],
    ['no state', (back: URL) => back.searchParams.delete('state')],
    ['a query of more than 8 KB', (back: URL) => back.searchParams.set('x', 'x'.repeat(8_300))],
  ])('%s: it is the page of an unknown invite', async (_, change) => {
    const { title, exchanges } = await changed(change);

    expect({ title, exchanges }).toEqual({ title: 'Not found', exchanges: 0 });
  });

  test('a code that someone made up is refused by Zoho, and the link still works', async () => {
    const { title, invite, visitor } = await changed((back) =>
      back.searchParams.set('code', '1000.0123456789abcdef0123456789abcdef'),
    );

    expect(title).toBe('Not connected');
    expect(await deployed.invites.get(invite.id)).toMatchObject({ reason: 'code_refused', retryable: true });
    expect(await visitor.consent(invite.url)).toMatchObject({ title: 'Connected' });
  });
});

describe('a person at Zoho', () => {
  test('who refuses changes nothing, and can use the link again', async () => {
    const { id, url, connection } = await deployed.invite();
    const visitor = new HttpVisitor();
    const zoho = await visitor.begin(url);
    deployed.advance(5_000);

    expect(await visitor.open(await visitor.decide(zoho, 'reject'))).toMatchObject({ title: 'Not allowed' });
    expect(await deployed.invites.get(id)).toMatchObject({ status: 'declined', retryable: true });
    expect(deployed.credentials(connection)).toBeUndefined();
    expect(await visitor.consent(url)).toMatchObject({ title: 'Connected' });
  });

  test('whom Zoho refuses after ten codes is told to wait, and not that they refused', async () => {
    const { url } = await deployed.invite();
    const visitor = new HttpVisitor();
    const zoho = await visitor.begin(url);
    for (let codes = 0; codes < 10; codes += 1) await visitor.decide(zoho);

    expect(await visitor.open(await visitor.decide(zoho))).toMatchObject({
      ...{ status: 429, title: 'Please wait ten minutes' },
    });
  });

  test('of another data center than the client is followed there, if it is expected or nothing is', async () => {
    const registration = { sharedCredentials: true, accountLocation: 'in' };
    const known = await deployed.invite({ dataCenter: 'in' }, registration);
    const unknown = await deployed.invite({ dataCenter: undefined }, registration);

    for (const { url, connection } of [known, unknown]) {
      expect(await new HttpVisitor().consent(url)).toMatchObject({ title: 'Connected' });
      expect(deployed.credentials(connection)).toMatchObject({ data_center: 'in' });
    }
  });
});

describe('in the middle of a consent', () => {
  test('Zoho does not answer: the invite says that a refresh token may exist, and works again', async () => {
    const { id, url, clientId } = await deployed.invite();
    const visitor = new HttpVisitor();
    const back = await visitor.arrive(url);
    deployed.server.deployment.zoho.injectFault({ kind: 'drop', withEffect: true, calls: 1 });

    expect(await visitor.open(back)).toMatchObject({ status: 400, title: 'Not connected' });
    const { reason, message } = await deployed.invites.get(id);
    expect(reason).toBe('zoho_unavailable');
    expect(message).toContain(`A refresh token of the client ${clientId} in data center eu may exist`);
    expect(await visitor.consent(url)).toMatchObject({ title: 'Connected' });
  });

  test('KMS does not encrypt: what Zoho gave is revoked, and the link works again', async () => {
    const { id, url, clientId } = await deployed.invite();
    const visitor = new HttpVisitor();
    const back = await visitor.arrive(url);
    const allow = deployed.server.aws.kms.faults.deny({ operation: 'Encrypt' });

    const page = await visitor.open(back);
    allow();

    expect(page).toMatchObject({ status: 400, title: 'Not connected' });
    expect((await deployed.invites.get(id)).message).not.toContain('may exist');
    expect([deployed.exchangesOf(clientId), deployed.refreshTokensOf(clientId)]).toEqual([1, 0]);
    expect(await visitor.consent(url)).toMatchObject({ title: 'Connected' });
  });

  test('the process dies while it asks Zoho: nothing is exchanged twice, and the sweep records what may exist', async () => {
    const { id, url, clientId, connection } = await deployed.invite();
    const visitor = new HttpVisitor();
    const back = await visitor.arrive(url);
    const held = deployed.server.deployment.zoho.holdNextCall();
    const page = visitor.open(back);
    await held.received;
    await deployed.api.killBusy();
    held.release();

    expect(await page).toMatchObject({ status: 503, title: 'Please try again' });
    expect(await visitor.open(back)).toMatchObject({ title: 'Please try again' });
    deployed.advance(61_000);
    await deployed.sweep();
    const { status, reason, message } = await deployed.invites.get(id);
    expect([status, reason]).toEqual(['failed', 'unknown_outcome']);
    expect(message).toContain(`A refresh token of the client ${clientId} in data center eu may exist`);
    expect(deployed.credentials(connection)).toBeUndefined();
    expect(await visitor.consent(url)).toMatchObject({ title: 'Connected' });
  });

  test('the process dies after Zoho has answered: another one finishes, with the same refresh token', async () => {
    const { id, url, clientId, connection } = await deployed.invite();
    const visitor = new HttpVisitor();
    const back = await visitor.arrive(url);
    const { faults } = deployed.server.deployment.aws.secretsManager;
    const creation = faults.hangNext({ operation: 'CreateSecret' });
    const page = visitor.open(back);
    await creation.reached;
    await deployed.api.killBusy();
    creation.release();

    expect(await page).toMatchObject({ status: 503 });
    deployed.advance(61_000);
    expect(await visitor.open(back)).toMatchObject({ title: 'Connected' });
    expect(await deployed.invites.get(id)).toMatchObject({ status: 'authorized', tokenLive: true });
    expect(deployed.credentials(connection)).toMatchObject({ invite_id: id });
    expect(deployed.exchangesOf(clientId)).toBe(1);
  });
});

describe.each([
  ['ahead', 10 * 60_000],
  ['behind', -10 * 60_000],
])("a clock of ConsentApi that is 10 minutes %s of AWS's and Zoho's", (_, ms) => {
  test('loses nothing', async () => {
    const { id, url, connection, clientId } = await deployed.invite();
    const visitor = new HttpVisitor();
    const back = await visitor.arrive(url);
    deployed.skew.ms = ms;

    const page = await visitor.open(back);
    await deployed.sweep();
    deployed.skew.ms = 0;
    await deployed.sweep();

    expect(page).toMatchObject({ title: 'Connected' });
    expect(await deployed.invites.get(id)).toMatchObject({ status: 'authorized' });
    expect(deployed.credentials(connection)).toMatchObject({ invite_id: id });
    expect(deployed.exchangesOf(clientId)).toBe(1);
  });
});

test('a process whose clock is behind has a lease that others think is over: what it gets is revoked, and stored once', async () => {
  const { id, url, connection, clientId } = await deployed.invite();
  const visitor = new HttpVisitor();
  const back = await visitor.arrive(url);
  const held = deployed.server.deployment.zoho.holdNextCall();
  deployed.skew.ms = -10 * 60_000;
  const first = visitor.open(back);
  await held.received;
  deployed.skew.ms = 0;

  expect(await visitor.open(back)).toMatchObject({ title: 'Not connected' });
  held.release();

  expect(await first).toMatchObject({ title: 'Not connected' });
  expect(deployed.credentials(connection)).toBeUndefined();
  expect([deployed.exchangesOf(clientId), deployed.refreshTokensOf(clientId)]).toEqual([1, 0]);
  expect(await visitor.consent(url)).toMatchObject({ title: 'Connected' });
  expect(deployed.exchangesOf(clientId)).toBe(2);
  expect(deployed.credentials(connection)).toMatchObject({ invite_id: id });
});
