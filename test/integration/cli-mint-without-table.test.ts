import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { ROTATED_REFRESH_TOKEN } from '../../sandbox/zoho/delivery.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import type { CliRunOptions } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

const NAME = 'crm-prod';
/** The generation of the first token of an emergency, after the refresher's generation 1. */
const EMERGENCY = 100_001;

let desk: OperatorDesk;
beforeEach(async () => {
  desk = await OperatorDesk.open({ [NAME]: { dataCenter: 'eu', scopes: [SCOPE] } });
  desk.deployment.authorize(NAME);
  await desk.refresh(NAME);
});
afterEach(() => desk.close());

/** DynamoDB answers nothing but errors, until the returned function is called. */
const breakTable = () => desk.table.faults.deny({ operation: '*' }, awsFault('InternalServerError'));
const mint = (options?: Partial<CliRunOptions>) =>
  desk.run(['mint-without-table', NAME, '--confirm', NAME], options);
const token = () => desk.deployment.readToken(NAME);
/** Ticks every minute. Those without DynamoDB fail, as function errors. */
async function runMinutes(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    desk.clock.advance(MINUTE_MS);
    await desk.deployment.tick().catch(() => {});
  }
}

describe('in an outage of DynamoDB', () => {
  it('a token is minted once and published, and consumers read it', async () => {
    breakTable();
    desk.clock.advance(55 * MINUTE_MS);

    const { exitCode, stdout, stderr } = await mint();

    expect(stdout).toMatch(/^published: crm-prod has a token .* generation 100001, valid for 60 min\.\n/);
    expect(stderr).toMatch(/^the table \S+ does not answer: InternalServerError$/m);
    expect(stderr).toMatch(
      /^the refresher cannot help: dynamodb:GetItem on \S+ failed \(InternalServerError\)\.$/m,
    );
    expect(exitCode).toBe(0);
    expect(desk.zohoCallsAfter(1)).toEqual(['refresh_token@eu']);
    expect(token()).toMatchObject({
      generation: EMERGENCY,
      scope: SCOPE,
      issued_at: new Date(desk.clock.now()).toISOString(),
      expires_at: new Date(desk.clock.now() + 60 * MINUTE_MS).toISOString(),
    });
    expect(stdout + stderr).not.toContain(token()?.access_token);
    expect(stderr).not.toContain('new refresh token');
  });

  it('a new refresh token of Zoho is reported without its value', async () => {
    breakTable();
    desk.clock.advance(55 * MINUTE_MS);
    desk.zoho.injectFault({ kind: 'rotated-refresh-token', calls: 1 });

    const { exitCode, stdout, stderr } = await mint();

    expect(exitCode).toBe(0);
    expect(stderr).toContain('Zoho sent a new refresh token, which is not stored.');
    expect(stdout + stderr).not.toContain(ROTATED_REFRESH_TOKEN);
  });

  it('tokens are minted by hand every hour, and the refresher heals with two mints at most', async () => {
    const repairTable = breakTable();
    for (let hour = 0; hour < 3; hour += 1) {
      desk.clock.advance(50 * MINUTE_MS);
      await runMinutes(2);
      expect((await mint()).exitCode).toBe(0);
    }
    const last = token();
    desk.clock.advance(30 * MINUTE_MS);
    const minted = desk.zoho.tokenCalls.length;
    repairTable();
    await runMinutes(4);

    expect(last?.generation).toBe(3 * 100_000 + 1);
    expect(minted).toBe(1 + 3);
    expect(token()?.generation).toBe(3 * 100_000 + 2);
    expect(Date.parse(token()?.issued_at ?? '')).toBeGreaterThan(Date.parse(last?.issued_at ?? ''));
    expect(desk.zoho.tokenCalls.length - minted).toBe(2);
    expect(await desk.row(NAME)).toMatchObject({
      status: 'active',
      publishedGeneration: 3 * 100_000 + 2,
      failures: 0,
      lease: undefined,
    });
    await runMinutes(40);
    expect(desk.zoho.tokenCalls.length - minted).toBe(2);
  });

  it('a holder that was frozen cannot replace the newer token with its older one', async () => {
    const startedAtMs = desk.clock.now();
    const clock = { now: () => startedAtMs, abortAfter: () => new AbortController().signal };
    const frozen = desk.deployment.compose({ clock });
    desk.secrets.faults.failNext({ operation: 'GetSecretValue', error: 'AccessDeniedException' });
    await desk.deployment.refresh(NAME);
    const publish = desk.secrets.faults.hangNext({ operation: 'PutSecretValue' });
    const late = desk.deployment.refresh(NAME, undefined, frozen);
    await publish.reached;
    breakTable();
    desk.clock.advance(20 * MINUTE_MS);
    const { exitCode } = await mint();
    publish.release();

    expect(await late).toMatchObject({ outcome: 'failed' });
    expect(exitCode).toBe(0);
    expect(token()?.generation).toBe(EMERGENCY);
  });

  it('a token that the refresher has published meanwhile is kept', async () => {
    const repairTable = breakTable();
    desk.clock.advance(55 * MINUTE_MS);
    const held = desk.zoho.holdNextCall();
    const run = mint();
    await held.received;
    repairTable();
    await desk.deployment.tick();
    held.release();

    const { exitCode, stderr } = await run;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('was not published: something else has published one since');
    expect(token()?.generation).toBe(2);
  });

  it('two operators at once publish one token', async () => {
    breakTable();
    desk.clock.advance(55 * MINUTE_MS);
    const held = desk.zoho.holdNextCall();
    const first = mint();
    await held.received;
    const second = await mint();
    const published = token();
    held.release();

    expect([second.exitCode, (await first).exitCode]).toEqual([0, 1]);
    expect(token()).toEqual(published);
  });

  it('Ctrl-C does not lose a token that Zoho is about to issue', async () => {
    breakTable();
    desk.clock.advance(55 * MINUTE_MS);
    const held = desk.zoho.holdNextCall();
    let interrupt = () => {};
    const run = mint({ onInterruptible: (press) => (interrupt = press) });
    await held.received;
    interrupt();
    held.release();

    expect((await run).stderr).toContain('Publishing the new token');
    expect(token()?.generation).toBe(EMERGENCY);
  });
});

describe('nothing is minted', () => {
  const refusals: [string, RegExp, () => unknown, Partial<CliRunOptions>?][] = [
    ['while the table answers', /^error: The table \S+ answers/m, () => desk.clock.advance(1)],
    [
      'while the published token is new',
      /less than ten minutes old\.\n.*Try again in 7 min/,
      () => {
        desk.clock.advance(3 * MINUTE_MS);
        breakTable();
      },
    ],
    [
      'without credentials',
      /credentials is empty or does not exist/,
      () => {
        desk.clock.advance(55 * MINUTE_MS);
        desk.secrets.store.deleteNow(`zoho/${NAME}/credentials`);
        breakTable();
      },
    ],
  ];

  it.each(refusals)('%s', async (_, says, prepare) => {
    prepare();

    const { exitCode, stderr } = await mint();

    expect(stderr).toMatch(says);
    expect(exitCode).toBe(1);
    expect(desk.zohoCallsAfter(1)).toEqual([]);
    expect(token()?.generation).toBe(1);
  });

  it('if only the operator cannot reach the table: the refresher gets the token', async () => {
    desk.clock.advance(55 * MINUTE_MS);
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://127.0.0.1:1');
    const { ZOHO_SANDBOX_URL: _, ...environment } = desk.server.environment;

    const { exitCode, stderr } = await mint({ environment });

    expect(stderr).toContain('does not answer: ECONNREFUSED');
    expect(stderr).toContain('The refresher can use the table: it answers "refreshed"');
    expect(exitCode).toBe(1);
    expect(token()?.generation).toBe(2);
  });

  it('with a wrong clock', async () => {
    breakTable();
    desk.clock.advance(55 * MINUTE_MS);
    const clock = {
      now: () => desk.clock.now() + 5 * MINUTE_MS,
      abortAfter: (ms: number) => desk.clock.abortAfter(ms),
    };

    const { exitCode, stderr } = await mint({ clock });

    expect(stderr).toMatch(/clock of this machine is 5 min ahead of that of AWS/);
    expect(exitCode).toBe(1);
    expect(desk.zohoCallsAfter(1)).toEqual([]);
  });

  it('before the operator has typed the name', async () => {
    breakTable();
    desk.clock.advance(55 * MINUTE_MS);

    const silent = await desk.run(['mint-without-table', NAME]);
    const mistyped = await desk.run(['mint-without-table', NAME], { answers: ['crm'] });

    expect([silent.exitCode, mistyped.exitCode]).toEqual([2, 1]);
    expect(mistyped.questions[0]).toContain('without the lease');
    expect(desk.zohoCallsAfter(1)).toEqual([]);
  });
});

describe('a failure', () => {
  beforeEach(() => {
    breakTable();
    desk.clock.advance(55 * MINUTE_MS);
  });

  it('of the permission names the policy that is missing', async () => {
    desk.secrets.faults.deny({ operation: 'PutSecretValue' });

    const { exitCode, stderr } = await mint();

    expect(stderr).toContain('docs/break-glass-policy.json');
    expect(exitCode).toBe(1);
    expect(token()?.generation).toBe(1);
  });

  it('of an answer that repeats the credentials publishes nothing', async () => {
    const { refresh_token: access_token } = desk.credentials(NAME);

    const { exitCode, stderr } = await mint({ fetch: async () => Response.json({ access_token }) });

    expect(stderr).toContain('Zoho answered with the credentials instead of an access token');
    expect(exitCode).toBe(1);
    expect(token()?.generation).toBe(1);
  });

  it('of Zoho changes nothing and says how long to wait', async () => {
    desk.zoho.revoke(desk.credentials(NAME).refresh_token ?? '');

    const { exitCode, stderr } = await mint();

    expect(stderr).toMatch(/Nothing was changed\. Authorize it again/);
    expect(exitCode).toBe(1);
    expect(token()?.generation).toBe(1);
  });
});
