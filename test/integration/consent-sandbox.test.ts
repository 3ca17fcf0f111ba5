import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_REDIRECT_URI } from '../../cli/consent/redirect-uri.ts';
import { parseAddress } from '../../cli/deployment/deployment.ts';
import { readAddresses } from '../../cli/deployment/read-addresses.ts';
import { createZohoInvites } from '../../lambdas/client/index.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { addClientOfInvites, CLIENT_OF_INVITES } from '../../sandbox/serve/client-of-invites.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { NOW_MS } from '../support/builders.ts';

const SCOPES = ['ZohoCRM.modules.ALL'];
const RETURN_URL = 'http://localhost:3000/zoho/done';
const SIGNED = {
  'x-amz-date': '20260105T090000Z',
  'content-type': 'application/json',
  authorization: `AWS4-HMAC-SHA256 Credential=sandbox/20260105/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
};

let server: SandboxServer<ManualClock>;
let url: string;

beforeAll(async () => {
  server = await startSandboxServer({
    clock: new ManualClock(NOW_MS),
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: SCOPES } },
    consent: {},
  });
  if (server.consent === undefined) throw new Error('the pages are not deployed');
  addClientOfInvites(server.deployment, server.consent);
  url = server.consent.url;
  await server.tick();
});
afterAll(() => server.close());

it.each(['eu', 'us'] as const)(
  'the client that connections share can be used with `zoho-tokens authorize`, in %s',
  async (dataCenter) => {
    const { client_id } = JSON.parse(
      server.deployment.aws.secretsManager.store.currentText(`zoho/${CLIENT_OF_INVITES}/client`) ?? '',
    ) as { client_id: string };
    const parameters = new URLSearchParams({
      ...{ response_type: 'code', client_id, scope: SCOPES.join(','), access_type: 'offline' },
      redirect_uri: DEFAULT_REDIRECT_URI,
    });

    const accepted = await fetch(
      `${server.deployment.zoho.origins[dataCenter]}/oauth/v2/auth?${parameters}`,
      {
        method: 'POST',
        body: new URLSearchParams({ decision: 'accept' }),
        redirect: 'manual',
      },
    );

    expect(accepted.headers.get('location')).toMatch(/^http:\/\/localhost:8400\/callback\?.*code=1000\./);
  },
);

describe('the HTTP API of the sandbox', () => {
  it('refuses requests that are not signed, or with an unknown key', async () => {
    const unsigned = await fetch(`${url}/v1/invites`);
    const foreign = { ...SIGNED, authorization: SIGNED.authorization.replace('=sandbox/', '=AKIAFOREIGN/') };
    const unknown = await fetch(`${url}/v1/invites`, { headers: foreign });
    const otherService = { ...SIGNED, authorization: SIGNED.authorization.replace('execute-api', 'lambda') };
    const other = await fetch(`${url}/v1/invites`, { headers: otherService });

    for (const refused of [unsigned, unknown, other]) {
      expect(refused.status).toBe(403);
      expect(await refused.json()).toEqual({ message: 'Forbidden' });
    }
  });

  it('has no other routes', async () => {
    for (const path of ['/', '/i/', '/i/a/b', '/v1', '/callback/x'])
      expect((await fetch(`${url}${path}`, { headers: SIGNED })).status).toBe(404);
  });

  it('passes the caller of a signed request to ConsentApi', async () => {
    const created = await signed('POST', '/v1/invites', {
      connection: 'crm-prod',
      client: CLIENT_OF_INVITES,
      scopes: SCOPES,
    });
    const invite = await signed('GET', `/v1/invites/${created.body.id}`);
    const cancelled = await signed('DELETE', `/v1/invites/${created.body.id}`);

    expect(created.status).toBe(200);
    expect(invite.body).toMatchObject({
      status: 'open',
      created_by: 'arn:aws:iam::000000000000:user/sandbox',
    });
    expect(cancelled.body).toMatchObject({ status: 'cancelled' });
  });
});

describe('an invite', () => {
  it('leads from its link to a live token', async () => {
    const invites = invitesOfBackend();
    const { id, url: link } = await invites.create({
      connection: 'crm-prod',
      client: CLIENT_OF_INVITES,
      scopes: SCOPES,
      identify: true,
    });

    const callback = await consentTo(link);
    const page = await fetch(callback.location, { headers: { cookie: callback.cookie } });

    expect(page.status).toBe(200);
    expect(await page.text()).toContain('crm-prod');
    expect(await invites.get(id)).toMatchObject({
      status: 'authorized',
      tokenLive: true,
      oldRefreshToken: 'none',
    });
    expect(server.deployment.readToken('crm-prod')).toMatchObject({ generation: 1 });
    expect(await server.consent?.sweep()).toMatchObject({ left: 0 });
  });

  it('of a platform connects a new tenant for the same user only', async () => {
    const invites = invitesOfBackend();
    const { id, url: link } = await invites.create({
      ...{
        connection: 'crm-acme',
        create: true,
        client: CLIENT_OF_INVITES,
        dataCenter: 'eu',
        scopes: SCOPES,
      },
      ...{ mode: 'platform', subject: 'user-7', returnUrl: RETURN_URL },
    });

    const callback = await consentTo(link);
    const back = await fetch(callback.location, { redirect: 'manual', headers: { cookie: callback.cookie } });
    const returned = new URL(back.headers.get('location') ?? '');
    const session = returned.searchParams.get('session') ?? '';
    const foreign = invites.complete(id, { subject: 'user-8', session });
    await expect(foreign).rejects.toMatchObject({ code: 'wrong_subject' });
    const completed = await invites.complete(id, { subject: 'user-7', session });

    expect(`${returned.origin}${returned.pathname}`).toBe(RETURN_URL);
    expect(completed).toMatchObject({ status: 'authorized', connection: 'crm-acme', subject: 'user-7' });
    expect(server.deployment.aws.secretsManager.store.currentText('zoho/crm-acme/credentials')).toContain(
      CLIENT_OF_INVITES,
    );
  });

  it('finds ConsentApi by the address of the deployment', async () => {
    const ssm = new SSMClient(clientConfigFor(server.aws.ssm.endpoint));
    const [address] = await readAddresses(ssm);
    const deployed = address && parseAddress(address);

    expect(deployed?.consent).toEqual({
      target: server.environment.ZOHO_CONSENT_TARGET,
      url,
      tableName: server.deployment.aws.dynamoDb.consentsTableName,
    });
  });
});

function invitesOfBackend() {
  return createZohoInvites({
    target: server.environment.ZOHO_CONSENT_TARGET,
    lambdaClient: new LambdaClient(clientConfigFor(server.aws.lambda.endpoint)),
  });
}

async function signed(method: string, path: string, body?: object) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, { method, headers: SIGNED, ...sent });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** A visitor opens the link, clicks, and accepts at Zoho. Returns where Zoho sends the browser, and its cookie. */
async function consentTo(link: string): Promise<{ readonly location: string; readonly cookie: string }> {
  const opened = await fetch(link);
  expect(opened.status).toBe(200);
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const begun = await fetch(link, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  });
  expect(begun.status).toBe(303);
  const accepted = await fetch(begun.headers.get('location') ?? '', {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ decision: 'accept' }),
  });
  return { location: accepted.headers.get('location') ?? '', cookie };
}
