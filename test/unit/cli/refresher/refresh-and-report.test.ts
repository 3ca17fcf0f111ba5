import { PassThrough } from 'node:stream';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { refreshAndReport } from '../../../../cli/refresher/refresh-and-report.ts';
import { requestRefresh } from '../../../../cli/refresher/request-refresh.ts';
import type { Session } from '../../../../cli/session.ts';
import { createTerminal } from '../../../../cli/terminal/terminal.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { blockedConnection, NOW_MS } from '../../../support/builders.ts';

const REFUSED = { connection: 'crm-prod', generation: 0, expires_at: null };

/** What `refresh crm-prod` says, without its progress, when the refresher answers this. */
async function said(answer: object): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const lambda = { send: () => Promise.resolve({ Payload: Buffer.from(JSON.stringify(answer)) }) };
  const session = {
    runtime: {
      terminal: createTerminal({ environment: {}, stdin, stdout, stderr }),
      clock: { now: () => NOW_MS },
    },
    connections: () => Promise.resolve({ read: () => Promise.resolve(blockedConnection()) }),
    deployment: () => Promise.resolve({ secretPrefix: 'zoho', version: '0.9.1' }),
    refresh: (name: string) => requestRefresh(lambda as unknown as LambdaClient, 'refresher', name),
    signal: () => new AbortController().signal,
  };
  expect(await refreshAndReport(session as unknown as Session, 'crm-prod')).toBe(false);
  expect(stdout.read()).toBeNull();
  return String(stderr.read()).replace(/^.* \.\.\.\n/, '');
}

describe('a refresh that the refresher refuses', () => {
  test.each([
    [
      'invalid-request',
      `The deployed refresher has version 0.9.1, zoho-tokens has ${packageJson.version}. Install zoho-token-refresher 0.9.1, or deploy version ${packageJson.version}.`,
    ],
    ['unknown-connection', 'To add it, run: zoho-tokens connect crm-prod --data-center eu'],
    [
      'not-allowed',
      'The SSM parameter /zoho-token-refresher/zoho/operator-target must name the alias "operators". Restore the value that the deployment wrote: aws ssm get-parameter-history --name /zoho-token-refresher/zoho/operator-target',
    ],
  ])('as %s is reported in its words, with the next step', async (outcome, step) => {
    expect(await said({ ...REFUSED, outcome, message: 'What is wrong.' })).toBe(
      `no new token: crm-prod: What is wrong. ${step}\n`,
    );
  });

  test('for now is reported with the reason of the answer, not with an older one of the row', async () => {
    const answer = { ...REFUSED, outcome: 'failed', retry_after_seconds: 5, message: 'DynamoDB throttles.' };

    expect(await said(answer)).toBe(
      'no new token: crm-prod: DynamoDB throttles.\n  The next attempt is possible in 5 s.\n',
    );
  });
});

describe('an answer of version 0.2, which has no message', () => {
  test.each([
    ['blocked', 'what invalid_code means'],
    [
      'budget-exhausted',
      'The limit of refreshes that operators may cause is reached: 8 in 10 minutes, 60 in a day. The schedule still renews the token.',
    ],
  ])('%s is reported as before', async (outcome, reason) => {
    expect(await said({ ...REFUSED, outcome })).toBe(`no new token: crm-prod: ${reason}\n`);
  });

  test.each([
    ['message', 7],
    ['message', ''],
    ['message', null],
  ])('nor is %s %j one', async (key, value) => {
    expect(await said({ ...REFUSED, outcome: 'blocked', [key]: value })).toBe(
      'no new token: crm-prod: what invalid_code means\n',
    );
  });
});
