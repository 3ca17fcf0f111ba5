import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalDeployment } from '../../../sandbox/deployment/local-deployment.ts';
import { Canary } from '../../secrecy/canary.ts';
import { CanaryRecorder } from '../../secrecy/recorder.ts';
import { listenToRequests } from '../../secrecy/requests.ts';
import { startDeployment } from '../../support/sandbox.ts';

const TOKEN = '1000.c0ffee1234deadbeef9876fedcba5501.7e57ab1e0ddba11feedfacecafe00d42';
const PUT = { 'x-amz-target': 'secretsmanager.PutSecretValue' };
const canary = new Canary();
canary.watchFor('the token', TOKEN);

let deployment: LocalDeployment;
let stranger: Server;
let recorder: CanaryRecorder;
let stop: () => void;

beforeAll(async () => {
  deployment = await startDeployment();
  stranger = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
});
afterAll(async () => {
  await deployment.close();
  stranger.close();
});
beforeEach(() => {
  recorder = new CanaryRecorder();
  stop = listenToRequests(recorder, deployment);
});
afterEach(() => stop());

const zoho = () => deployment.zoho.origins.eu;
const secretsManager = () => deployment.aws.secretsManager.endpoint;
const elsewhere = () => `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;

async function post(url: string, init: RequestInit = {}): Promise<string[]> {
  await fetch(url, { method: 'POST', ...init });
  return recorder.findings(canary);
}

describe('a secret in a request is found', () => {
  it.each([
    ['in the query of a call of Zoho', () => post(`${zoho()}/oauth/v2/token?refresh_token=${TOKEN}`)],
    ['in the path of a call of Zoho', () => post(`${zoho()}/crm/v8/${TOKEN}`)],
    ['in the body of a call of Zoho’s API', () => post(`${zoho()}/crm/v8/Leads`, { body: TOKEN })],
    [
      'in a body for another host',
      () => post(`${elsewhere()}/oauth/v2/token`, { body: `refresh_token=${TOKEN}` }),
    ],
    [
      'in the header for another host',
      () => post(elsewhere(), { headers: { authorization: `Zoho-oauthtoken ${TOKEN}` } }),
    ],
    [
      'in a packed body',
      () => post(elsewhere(), { headers: { 'content-encoding': 'gzip' }, body: gzipSync(TOKEN) }),
    ],
    [
      'in the idempotency token of a put',
      () => post(secretsManager(), { headers: PUT, body: JSON.stringify({ ClientRequestToken: TOKEN }) }),
    ],
    [
      'in the body of any other call of AWS',
      () =>
        post(deployment.aws.dynamoDb.endpoint, {
          headers: PUT,
          body: JSON.stringify({ SecretString: TOKEN }),
        }),
    ],
  ])('%s', async (_, send) => {
    expect(await send()).toHaveLength(1);
  });
});

describe('a secret in a request is where it belongs', () => {
  it.each([
    [
      'in the body for Zoho’s token endpoint',
      () => post(`${zoho()}/oauth/v2/token`, { body: `refresh_token=${TOKEN}` }),
    ],
    [
      'in the header for Zoho’s API',
      () => post(`${zoho()}/crm/v8/Leads`, { headers: { authorization: `Zoho-oauthtoken ${TOKEN}` } }),
    ],
    [
      'in the value of a put',
      () => post(secretsManager(), { headers: PUT, body: JSON.stringify({ SecretString: TOKEN }) }),
    ],
  ])('%s', async (_, send) => {
    expect(await send()).toEqual([]);
    expect(recorder.said).not.toEqual([]);
  });
});
