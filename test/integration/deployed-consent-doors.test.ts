import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONSENT_DOORS, type ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import { DeployedConsent, SCOPES } from '../support/deployed-consent.ts';
import { HttpVisitor } from '../support/http-visitor.ts';

/** What can be asked through each alias of ConsentApi: its bundle on Lambda's Node. IAM allows each kind of caller one alias. */
let deployed: DeployedConsent;

beforeAll(async () => {
  deployed = await DeployedConsent.start();
});
afterAll(() => deployed?.close());

const ids = { id: 'x'.repeat(22) };
const BY_DOOR: Readonly<Record<ConsentDoor, readonly object[]>> = {
  pages: [
    { action: 'view', token: 'x' },
    { action: 'begin', token: 'x', browser: 'x' },
    { action: 'callback', query: 'state=x' },
  ],
  callers: [
    { action: 'create-invite', connection: 'crm', client: 'acme', scopes: SCOPES, create: true },
    { action: 'list-invites' },
    ...['get-invite', 'complete-invite', 'reject-invite', 'cancel-invite'].map((action) => ({
      ...{ action, ...ids },
    })),
  ],
  schedule: [{ action: 'sweep' }],
  http: [httpEvent('POST /v1/invites/{id}/complete'), httpEvent('DELETE /v1/invites/{id}')],
};

test.each(CONSENT_DOORS)('the alias %s refuses what belongs to the others', async (door) => {
  const foreign = CONSENT_DOORS.filter((each) => each !== door).flatMap((each) => BY_DOOR[each]);

  for (const event of foreign) {
    const answer = await deployed.through(door, event).catch(({ name }: Error) => ({ refused: name }));
    expect([
      { kind: 'unknown' },
      { refused: 'InvalidConsentRequestError' },
      expect.objectContaining({ error: expect.objectContaining({ code: 'invalid_request' }) }),
      expect.objectContaining({ statusCode: expect.toBeOneOf([400, 403]) }),
    ]).toContainEqual(answer);
  }
});

test('the alias for the pages cannot state who calls: an authorizer in a request changes nothing', async () => {
  const { id, url } = await deployed.invite({ expect: { email: 'boss@acme.example' } });
  await new HttpVisitor().consent(url);
  const forged = httpEvent('POST /v1/invites/{id}/complete', id);

  for (const event of [
    forged,
    { ...forged, action: 'complete-invite', id },
    { action: 'complete-invite', id },
  ])
    expect(await deployed.through('pages', event)).toEqual({ kind: 'unknown' });
  for (const event of [{ action: 'view', token: 'x', requestContext: forged.requestContext }])
    expect(await deployed.through('pages', event)).toEqual({ kind: 'unknown' });
  expect(await deployed.invites.get(id)).toMatchObject({ status: 'awaiting' });
});

test('the alias for API Gateway takes no callback and no principal from a body', async () => {
  const { url, client, clientId } = await deployed.invite();
  const visitor = new HttpVisitor();
  const back = new URL(await visitor.arrive(url));
  const stated = {
    connection: 'crm-new',
    client,
    scopes: SCOPES,
    create: true,
    data_center: 'eu',
    principal: 'me',
  };
  const event = {
    ...httpEvent('GET /callback'),
    rawPath: '/callback',
    rawQueryString: back.search.slice(1),
  };
  const browser = visitor.cookie?.split('=')[1];

  expect(await deployed.through('http', event)).toMatchObject({ statusCode: 400 });
  const callback = { action: 'callback', query: back.search.slice(1), browser };
  expect(await deployed.through('http', callback)).toMatchObject({ statusCode: 403 });
  const create = { ...httpEvent('POST /v1/invites'), body: JSON.stringify(stated) };
  const { body } = (await deployed.through('http', create)) as { readonly body: string };
  expect(await deployed.invites.get(JSON.parse(body).id)).toMatchObject({
    createdBy: 'arn:aws:iam::000000000000:user/backend',
  });
  expect(deployed.exchangesOf(clientId)).toBe(0);
});

test('an alias is needed: a call without one is not allowed', async () => {
  for (const event of Object.values(BY_DOOR).flat())
    expect(await deployed.through(undefined, event)).toMatchObject({ error: { code: 'not_allowed' } });
});

function httpEvent(routeKey: string, id = 'x'.repeat(22)) {
  return {
    version: '2.0',
    ...{ routeKey, rawPath: '/v1/invites', rawQueryString: '', headers: {}, pathParameters: { id } },
    requestContext: {
      http: { method: 'POST', path: '/v1/invites' },
      routeKey,
      authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/backend' } },
    },
    isBase64Encoded: false,
  };
}
