import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ConsentApi, createConsentApi } from '../../lambdas/consent-pages/consent-api.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import {
  type LambdaEndpoint,
  LambdaServiceError,
  startLambdaEndpoint,
} from '../../sandbox/aws/lambda-endpoint.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:consent-api:pages';
const TOKEN = `${'i'.repeat(22)}.${'s'.repeat(43)}`;
const VIEW = { action: 'view', token: TOKEN } as const;

let lambda: LambdaEndpoint;
let client: LambdaClient;
let consentApi: ConsentApi;
let served: () => unknown;
let problems: { readonly action: string; readonly reason: string }[];

beforeAll(async () => {
  const functions = { 'consent-api': () => served() };
  lambda = await startLambdaEndpoint({ functions, aliases: { 'consent-api': ['pages'] } });
  client = new LambdaClient({ ...clientConfigFor(lambda.endpoint), maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await lambda.close();
});

beforeEach(() => {
  problems = [];
  consentApi = createConsentApi(client, ARN, (problem) => problems.push(problem));
});
afterEach(() => {
  expect(JSON.stringify(problems)).not.toContain(TOKEN);
});

test("ConsentApi is asked by its alias for pages, and its answer is the page's", async () => {
  served = () => ({ kind: 'declined', connection: 'crm' });

  expect(await consentApi(VIEW)).toEqual({ kind: 'declined', connection: 'crm' });
  expect(lambda.invocations.at(-1)).toMatchObject({ qualifier: 'pages', event: VIEW });
  expect(problems).toEqual([]);
});

test.each([
  ['fails', () => new Error(TOKEN), 'ConsentApi failed (Unhandled). See its log.'],
  ['is throttled', () => new LambdaServiceError(429, 'TooManyRequestsException'), 'TooManyRequestsException'],
  [
    'may not be asked',
    () => new LambdaServiceError(403, 'AccessDeniedException', TOKEN),
    'AccessDeniedException',
  ],
])('while it %s, visitors are asked to try again, and the log says why', async (_, problem, reason) => {
  served = () => {
    throw problem();
  };

  expect(await consentApi(VIEW)).toEqual({ kind: 'unavailable' });
  expect(problems).toEqual([{ action: 'view', reason: expect.stringContaining(reason) }]);
});

test.each([[{ kind: 'new-page' }], [null], [TOKEN]])(
  'an answer that is none (%j) is not shown',
  async (answer) => {
    served = () => answer;

    expect(await consentApi(VIEW)).toEqual({ kind: 'unavailable' });
    expect(problems).toEqual([{ action: 'view', reason: expect.stringContaining('does not know') }]);
  },
);
