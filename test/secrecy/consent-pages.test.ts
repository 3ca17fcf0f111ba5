import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lambdaFolder } from '../../infra/lambda-folder.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { SAMPLE_PAGES } from '../support/consent-page-samples.ts';
import { type BundleRun, runBundle } from '../support/run-bundle.ts';
import { visit } from '../support/visits.ts';

const TOKEN = `${'CanaryId'.repeat(3).slice(0, 22)}.${'CanarySecret'.repeat(4).slice(0, 43)}`;
const QUERY = 'code=1000.CanaryCode&state=CanaryState';
const COOKIES = [`__Host-zoho-consent=${'CanaryCookie'.repeat(4).slice(0, 43)}`];

/** What ConsentApi does, one after the other: a page, a redirect, and what can go wrong. */
const ANSWERS: readonly (() => unknown)[] = [
  () => SAMPLE_PAGES.invite,
  () => ({ kind: 'redirect', url: 'https://accounts.zoho.eu/oauth/v2/auth?state=CanaryState' }),
  () => SAMPLE_PAGES.done,
  () => {
    throw new Error(`CanaryState ${TOKEN}`);
  },
  () => ({ kind: 'CanaryKind', token: TOKEN }),
];
const VISITS = [
  visit('GET', `/i/${TOKEN}`, { cookies: COOKIES }),
  visit('POST', `/i/${TOKEN}`, { cookies: COOKIES, site: 'same-origin' }),
  visit('GET', `/callback?${QUERY}`, { cookies: COOKIES }),
  visit('GET', `/callback?${QUERY}`, { cookies: COOKIES }),
  visit('GET', `/i/${TOKEN}`, { cookies: COOKIES }),
  visit('GET', '/CanaryPath'),
  { CanaryEvent: TOKEN },
];

let folder: string;
let lambda: LambdaEndpoint;
let run: BundleRun;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'consent-pages-'));
  const logo = join(folder, 'logo.svg');
  writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg"/>');
  let calls = 0;
  const answer = () => {
    calls += 1;
    return ANSWERS[calls - 1]?.();
  };
  lambda = await startLambdaEndpoint({
    functions: { 'consent-api': answer },
    aliases: { 'consent-api': ['pages'] },
  });
  run = await runBundle(join(lambdaFolder('consent-pages'), 'index.mjs'), {
    events: VISITS,
    routes: {},
    folder,
    environment: {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
      CONSENT_API: 'arn:aws:lambda:eu-west-1:000000000000:function:consent-api:pages',
      DISPLAY_NAME: 'Acme Reports',
      BASE_URL: 'https://connect.acme.example',
      LOGO_PATH: logo,
    },
  });
});
afterAll(async () => {
  await lambda.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the bundle answers with pages, and with the logo in them', () => {
  const answers = run.results as { readonly statusCode: number; readonly body: string }[];

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 303, 200, 503, 503, 404]);
  expect(answers[0]?.body).toContain('<img src="data:image/svg+xml;base64,PHN2Zy');
});

test('the log says what was shown and why, and has no link, code, state or cookie', () => {
  const lines = run.stdout.split('\n').filter((line) => !line.startsWith('{"result":'));
  const log = [...lines, run.stderr].join('\n');

  expect(log).toContain('"request":"callback","page":"done","status":200');
  expect(log).toContain('ConsentApi failed (Unhandled). See its log.');
  expect(log).toContain('is not a request of an HTTP API');
  expect(log).not.toContain('Canary');
});

test('no page repeats a code, a state or a cookie', () => {
  const bodies = (run.results as { readonly body: string }[]).map(({ body }) => body).join('\n');

  expect(bodies.replaceAll(TOKEN, '')).not.toContain('Canary');
});
