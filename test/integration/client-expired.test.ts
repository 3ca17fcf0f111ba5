import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { createZohoClient } from '../../lambdas/client/index.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { HOUR_MS, MINUTE_MS } from '../support/builders.ts';
import { startAuthorizedDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
let lambda: LambdaEndpoint;
let lambdaClient: LambdaClient;
let secretsManager: SecretsManagerClient;
let warnings: string[];
let before = { invocations: 0, mints: 0 };

beforeAll(async () => {
  ({ deployment } = await startAuthorizedDeployment());
  lambda = await startLambdaEndpoint({
    functions: { refresher: (event, arn) => deployment.invoke(event, arn) },
    aliases: { refresher: REFRESHER_DOORS },
  });
  lambdaClient = new LambdaClient({ ...clientConfigFor(lambda.endpoint), maxAttempts: 1 });
  secretsManager = new SecretsManagerClient(deployment.aws.functionConfig('secretsmanager'));
});
afterAll(() => Promise.all([deployment.close(), lambda.close()]));

/** A token that was issued a minute ago, and warnings that were never given. */
beforeEach(async () => {
  deployment.clock.advance(HOUR_MS);
  await deployment.tick();
  deployment.clock.advance(MINUTE_MS);
  before = { invocations: lambda.invocations.length, mints: deployment.zoho.tokenCalls.length };
  warnings = [];
  vi.resetModules();
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation((warning, given) => {
    const { code } = given as { code: string };
    warnings.push(`${code}: ${String(warning)}`);
  });
  return () => emitWarning.mockRestore();
});

const mints = () => deployment.zoho.tokenCalls.length - before.mints;
const outcomes = () =>
  deployment.log.lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ trigger }) => trigger === 'expired' || trigger === 'unauthorized')
    .map(({ trigger, outcome, decision }) => ({ trigger, outcome, decision }));

/** A client in a process that has just started, whose clock is ahead, and which may not see the dates of AWS's responses. */
async function connect({ aheadMs = 0, seesDates = true } = {}) {
  const { createZohoClient: create } = (await import('../../lambdas/client/index.ts')) as {
    createZohoClient: typeof createZohoClient;
  };
  const withoutDates = {
    send: ({ input }: { readonly input: object }) =>
      secretsManager.send(new GetSecretValueCommand(input as GetSecretValueCommandInput)),
  };
  deployment.log.lines.length = 0;
  return create({
    connection: 'crm-prod',
    refresherFunctionName: 'refresher:consumers',
    metrics: 'off',
    secretsManagerClient: seesDates ? secretsManager : withoutDates,
    lambdaClient,
    clock: { now: () => deployment.clock.now() + aheadMs, sleep: () => Promise.resolve() },
  });
}

describe('a client by whose clock the published token has expired', () => {
  it('asks, hears that it is valid, uses it, and warns once', async () => {
    const zoho = await connect({ aheadMs: 2 * HOUR_MS, seesDates: false });

    const { accessToken, generation } = await zoho.getAccessToken();
    await zoho.getAccessToken();

    expect(deployment.zoho.isValid(accessToken)).toBe(true);
    expect(generation).toBe(deployment.readToken('crm-prod')?.generation);
    expect(outcomes()).toEqual([{ trigger: 'expired', outcome: 'already-fresh', decision: 'not-expired' }]);
    expect(mints()).toBe(0);
    expect(warnings).toEqual([
      'clock_wrong: The refresher calls the token of crm-prod valid, which expired 61 min ago by the clock of this machine. Correct it.',
    ]);
  });

  it('asks once a minute, and causes neither a mint nor a complaint in an hour', async () => {
    const zoho = await connect({ aheadMs: 2 * HOUR_MS, seesDates: false });
    for (let minute = 0; minute < 60; minute += 1) {
      const { accessToken } = await zoho.getAccessToken();
      expect(deployment.zoho.isValid(accessToken)).toBe(true);
      deployment.clock.advance(MINUTE_MS);
      await deployment.tick();
    }

    expect(lambda.invocations.length - before.invocations).toBeLessThanOrEqual(60);
    expect(mints()).toBe(1);
    expect(new Set(outcomes().map(({ trigger }) => trigger))).toEqual(new Set(['expired']));
    expect(warnings).toHaveLength(1);
  });

  it('does not ask if it sees the dates of AWS, and warns that its clock is wrong', async () => {
    const zoho = await connect({ aheadMs: 2 * HOUR_MS });

    await zoho.getAccessToken();
    await zoho.getAccessToken();

    expect(lambda.invocations.length).toBe(before.invocations);
    expect(warnings).toEqual([
      "clock_wrong: The clock of this machine is 120 min ahead of AWS's. Correct it.",
    ]);
  });
});

describe('a token that has expired by the clock of the refresher as well', () => {
  it('is replaced as one that is due, without a complaint', async () => {
    deployment.clock.advance(HOUR_MS);
    const zoho = await connect();

    const { accessToken } = await zoho.getAccessToken();

    expect(deployment.zoho.isValid(accessToken)).toBe(true);
    expect(outcomes()).toEqual([{ trigger: 'expired', outcome: 'refreshed', decision: 'due' }]);
    expect(warnings).toEqual([]);
  });
});

describe('a token whose api_domain belongs to another data center', () => {
  it('is refused, and the next refresh replaces it', async () => {
    const { store } = deployment.aws.secretsManager;
    const foreign = { ...deployment.readToken('crm-prod'), api_domain: 'https://www.zohoapis.in' };
    store.put('zoho/crm-prod/access-token', { value: secretText(JSON.stringify(foreign)) });
    const zoho = await connect();

    await expect(zoho.fetch('/crm/v8/Leads')).rejects.toMatchObject({
      code: 'malformed_token',
      message:
        'The secret zoho/crm-prod/access-token contains no valid token: api_domain is missing or invalid. The next refresh replaces it.',
    });
    deployment.clock.advance(HOUR_MS);
    await deployment.tick();
    expect(await zoho.getAccessToken()).toMatchObject({ apiDomain: 'https://www.zohoapis.eu' });
  });
});
