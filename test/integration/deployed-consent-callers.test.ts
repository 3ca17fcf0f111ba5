import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { disableConnection } from '../../lambdas/core/connection/operator-transitions.ts';
import type { ZohoUser } from '../../sandbox/zoho/zoho-simulator.ts';
import { DeployedConsent, RETURN_URL, SCOPES } from '../support/deployed-consent.ts';
import { HttpVisitor } from '../support/http-visitor.ts';

/** What callers can do, and what visitors can do to them: the bundles of both functions on Lambda's Node, behind an HTTP API. */
let deployed: DeployedConsent;

beforeAll(async () => {
  deployed = await DeployedConsent.start({ returnUrls: [RETURN_URL] });
});
afterAll(() => deployed?.close());

const OWNER: ZohoUser = {
  ...{ user: 'owner', zuid: 20_100_001, email: 'owner@example.com' },
  organization: { id: '7005550', name: 'Example Corp' },
};
const platform = { mode: 'platform', subject: 'user-7', returnUrl: RETURN_URL } as const;

describe('an invite of a platform', () => {
  test('is completed for the subject and the session that belong together, and only then exchanged', async () => {
    const { id, url, clientId, connection } = await deployed.invite(platform);
    const other = await deployed.invite({ ...platform, subject: 'user-8' });
    const page = await new HttpVisitor().consent(url);
    const session = sessionOf(page.location);
    const foreign = sessionOf((await new HttpVisitor().consent(other.url)).location);
    const complete = (subject: string, given: string) =>
      deployed.invites.complete(id, { subject, session: given });

    await expect(complete('user-8', session)).rejects.toMatchObject({ code: 'wrong_subject' });
    await expect(complete('user-7', foreign)).rejects.toMatchObject({ code: 'wrong_session' });
    await expect(deployed.invites.complete(id)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(deployed.exchangesOf(clientId)).toBe(0);
    expect(deployed.credentials(connection)).toBeUndefined();

    const both = await Promise.allSettled([complete('user-7', session), complete('user-7', session)]);
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await complete('user-7', session)).toMatchObject({ status: 'authorized' });
    expect(deployed.exchangesOf(clientId)).toBe(1);
  });

  test('that is completed after a minute leaves nothing at Zoho, and can be begun again', async () => {
    const { id, url, clientId } = await deployed.invite(platform);
    const visitor = new HttpVisitor();
    const session = sessionOf((await visitor.consent(url)).location);
    deployed.advance(61_000);

    const late = deployed.invites.complete(id, { subject: 'user-7', session });
    await expect(late).rejects.toMatchObject({ code: 'session_expired' });
    expect(deployed.exchangesOf(clientId)).toBe(0);
    const again = sessionOf((await visitor.consent(url)).location);
    expect(await deployed.invites.complete(id, { subject: 'user-7', session: again })).toMatchObject({
      status: 'authorized',
    });
  });

  test.each([
    'http://localhost:3000.evil.example/zoho/done',
    'http://localhost:3000/zoho/../../evil',
    'https://evil.example/?http://localhost:3000/zoho/done',
    'javascript:alert(1)',
    '//evil.example/zoho/done',
  ])('sends no one to %s', async (returnUrl) => {
    const attempt = deployed.invite({ ...platform, returnUrl });

    await expect(attempt).rejects.toMatchObject({ code: 'return_url_not_allowed' });
  });

  test('sends visitors to its own return URL, whatever the address of the callback says', async () => {
    const { url, id } = await deployed.invite(platform);
    const visitor = new HttpVisitor();
    const back = new URL(await visitor.arrive(url));
    back.searchParams.set('return_url', 'https://evil.example/');
    back.searchParams.set('redirect', 'https://evil.example/');

    const { status, location = '' } = await visitor.open(back.href);

    expect(status).toBe(303);
    expect(location.startsWith(`${RETURN_URL}?`)).toBe(true);
    expect([...new URL(location).searchParams.keys()].sort()).toEqual(['invite', 'session']);
    expect(new URL(location).searchParams.get('invite')).toBe(id);
  });
});

describe('someone else than was expected', () => {
  const zoho = () => deployed.server.deployment.zoho;
  test.each([
    ['with another address', { expect: { email: 'boss@acme.example' } }, {}, ['email']],
    ['of another domain', { expect: { emailDomain: 'acme.example' } }, {}, ['email_domain']],
    ['of another organization', { expect: { orgId: '999' } }, {}, ['org_id']],
    ['of another data center', { dataCenter: 'in' }, {}, ['data_center']],
    ['who picks a sandbox', {}, { picksSandbox: true }, ['sandbox']],
  ])('%s waits for a confirmation; a rejection revokes at Zoho', async (_, changes, user, mismatch) => {
    const { id, url, connection, clientId } = await deployed.invite(changes);
    zoho().signIn({ ...OWNER, ...user });

    const page = await new HttpVisitor().consent(url);
    zoho().signIn(OWNER);

    expect(page).toMatchObject({ status: 200, title: 'Received' });
    expect(await deployed.invites.get(id)).toMatchObject({ status: 'awaiting', mismatch });
    expect(deployed.refreshTokensOf(clientId)).toBe(1);
    expect(await deployed.invites.reject(id)).toMatchObject({ status: 'failed', reason: 'rejected' });
    expect(deployed.refreshTokensOf(clientId)).toBe(0);
    expect(deployed.credentials(connection)).toBeUndefined();
  });

  test('is confirmed by an operator, or revoked after a day', async () => {
    const expects = { expect: { email: 'boss@acme.example' } };
    const [confirmed, forgotten] = [await deployed.invite(expects), await deployed.invite(expects)];
    await new HttpVisitor().consent(confirmed.url);
    await new HttpVisitor().consent(forgotten.url);

    expect(await deployed.invites.complete(confirmed.id)).toMatchObject({ status: 'authorized' });
    deployed.advance(24 * 3_600_000);
    expect(await deployed.sweep()).toMatchObject({ revoked: 1 });
    expect(await deployed.invites.get(forgotten.id)).toMatchObject({ reason: 'not_confirmed' });
    expect(deployed.refreshTokensOf(forgotten.clientId)).toBe(0);
  });

  test('without an account in the product learns which one, and the link still works', async () => {
    const { id, url } = await deployed.invite();
    const visitor = new HttpVisitor();
    zoho().signIn({ ...OWNER, hasNoOrganization: true });

    const page = await visitor.consent(url);
    zoho().signIn(OWNER);

    expect(page).toMatchObject({ title: 'No account in this product' });
    expect(await deployed.invites.get(id)).toMatchObject({ reason: 'no_org', retryable: true });
    expect(await visitor.consent(url)).toMatchObject({ title: 'Connected' });
  });
});

test('the 21st consent of a user and client names the connection in use that it may have ended', async () => {
  const { id, url, clientId } = await deployed.invite({ identify: true });
  const grantor = `${clientId}#eu#${OWNER.zuid}`;
  for (let others = 1; others <= 20; others += 1) await deployed.recordConsent(`tenant-${others}`, grantor);
  await deployed.changeRow('tenant-1', (row, nowMs) => disableConnection(row, 'disconnected', nowMs));
  await deployed.recordConsent('tenant-21', grantor);

  await new HttpVisitor().consent(url);

  expect(await deployed.invites.get(id)).toMatchObject({ mayHaveEnded: ['tenant-2'] });
});

test('the 21st consent of a user who is known by an email address or a subject is refused beforehand', async () => {
  const expects = { expect: { email: 'Owner@example.com' }, ...platform };
  const first = await deployed.invite({ ...expects, subject: 'user-21' });
  const session = sessionOf((await new HttpVisitor().consent(first.url)).location);
  await deployed.invites.complete(first.id, { subject: 'user-21', session });
  const { client } = first;
  const next = { client, scopes: SCOPES, create: true };
  const grantor = `${first.clientId}#eu#${OWNER.zuid}`;
  for (let others = 2; others <= 19; others += 1) await deployed.recordConsent(`more-${others}`, grantor);

  const email = { expect: { email: 'owner@EXAMPLE.com' } };
  const almost = await deployed.invites.create({ ...next, connection: 'more-20', ...email });
  await deployed.recordConsent('more-20', grantor);
  const byEmail = deployed.invites.create({ ...next, connection: 'more-21', ...email });
  await expect(byEmail).rejects.toMatchObject({ code: 'too_many_grants' });
  const bySubject = deployed.invites.create({
    ...next,
    ...platform,
    connection: 'more-21',
    subject: 'user-21',
  });
  await expect(bySubject).rejects.toMatchObject({ code: 'too_many_grants' });
  const another = await deployed.invites.create({
    ...next,
    connection: 'more-21',
    expect: { email: 'bo@b.example' },
  });

  expect([almost.grantsOfUser, another.grantsOfUser]).toEqual([19, undefined]);
});

test('no secret is in what the functions wrote, nor in what callers were answered', async () => {
  const { id, url, connection, clientId } = await deployed.invite(platform);
  const visitor = new HttpVisitor();
  const back = new URL(await visitor.arrive(url));
  const session = sessionOf((await visitor.open(back.href)).location);
  await deployed.invites.complete(id, { subject: 'user-7', session });
  const { store } = deployed.server.deployment.aws.secretsManager;
  const { client_secret: clientSecret } = JSON.parse(
    store.currentText(`zoho/${String(deployed.credentials(connection)?.client)}/client`) ?? '{}',
  );
  const secrets = [
    ...[url.split('/i/')[1], back.searchParams.get('code'), back.searchParams.get('state'), session],
    ...[visitor.cookie?.split('=')[1], deployed.credentials(connection)?.refresh_token, clientSecret],
    deployed.server.deployment.readToken(connection)?.access_token,
  ].map(String);

  const written = deployed.api.output + deployed.pages.output;
  const answered = JSON.stringify([await deployed.invites.get(id), await deployed.invites.list()]);

  expect(written).toContain(`"connection":"${connection}"`);
  expect(secrets.every((secret) => secret.length > 20)).toBe(true);
  for (const secret of secrets) {
    expect(written).not.toContain(secret);
    expect(answered).not.toContain(secret);
  }
  expect(written).not.toContain(clientId);
});

function sessionOf(location: string | undefined): string {
  return new URL(location ?? 'http://none').searchParams.get('session') ?? '';
}
