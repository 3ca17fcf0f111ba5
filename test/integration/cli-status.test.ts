import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorDesk } from '../support/operator-desk.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

const iso = (afterStartMs: number) => new Date(START_MS + afterStartMs).toISOString();

function countCalls(connection: string | undefined, calls: number, rejected: number): void {
  const dimensions = { service: 'zoho', ...(connection === undefined ? {} : { connection }) };
  const metric = { namespace: 'ZohoTokenRefresher', name: 'Unauthorized', dimensions };
  const sample = { atMs: desk.clock.now() - MINUTE_MS, minimum: 0, maximum: 1 };
  desk.server.aws.cloudWatch.metrics.addSample(metric, { ...sample, count: calls, sum: rejected });
}

describe('status', () => {
  it('is told without connections, with what rings all the same', async () => {
    const quiet = await desk.run(['status']);
    desk.server.alarms.setState('ZohoTokenRefresher-RefresherSilent', 'ALARM', 'no data points');
    const ringing = await desk.run(['status']);
    desk.server.alarms.setState('ZohoTokenRefresher-RefresherSilent', 'OK', 'data points');

    expect(quiet).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No connections yet.') });
    expect(ringing).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('ALARM ZohoTokenRefresher-RefresherSilent for 0 s'),
    });
  });

  it('is told as JSON with every field, null where there is nothing', async () => {
    const [{ name: live }, { name: blocked, refreshToken }, pending] = [
      await desk.live(),
      await desk.live(),
      await desk.pending(),
    ];
    desk.zoho.revoke(refreshToken);
    await desk.run(['refresh', blocked]);
    desk.clock.advance(10 * MINUTE_MS);
    countCalls(live, 200, 1);
    countCalls(undefined, 400, 2);
    desk.server.alarms.setState('ZohoTokenRefresher-ReauthorizationNeeded', 'ALARM', 'Threshold crossed');
    const rows = await Promise.all([live, blocked, pending].map((name) => desk.row(name)));

    const { exitCode, stdout } = await desk.run(['status', '--json']);

    const token = {
      ...{ status: 'active', health: 'good', data_center: 'eu', source: 'declared', generation: 1 },
      ...{ token_age_seconds: 600, token_expires_at: iso(60 * MINUTE_MS), token_left_seconds: 3000 },
      ...{
        refreshing: false,
        mints_in_window: 1,
        publishes_in_day: 1,
        last_failure: null,
        unauthorized: null,
      },
    };
    const next = (index: number) => new Date(rows[index]?.nextAttemptAtMs ?? 0).toISOString();
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ...{ stack: 'ZohoTokenRefresher', region: 'eu-west-1', at: iso(10 * MINUTE_MS) },
      connections: [
        {
          ...{ ...token, connection: live, next_attempt_at: next(0) },
          unauthorized: { calls_last_hour: 200, rejected_last_hour: 1, rate: 0.005 },
        },
        {
          ...{ ...token, connection: blocked, next_attempt_at: next(1), mints_in_window: 2 },
          ...{ status: 'blocked', health: 'bad' },
          last_failure: {
            code: 'invalid_code',
            message: expect.stringContaining('does not accept the refresh token'),
            at: iso(0),
          },
        },
        {
          ...{
            ...token,
            connection: pending,
            next_attempt_at: next(2),
            status: 'pending',
            health: 'waiting',
          },
          ...{ data_center: null, generation: 0, mints_in_window: 0, publishes_in_day: 0 },
          ...{ token_age_seconds: null, token_expires_at: null, token_left_seconds: null },
          last_failure: { code: 'no_credentials', message: expect.any(String), at: iso(0) },
        },
      ],
      fleet: { unauthorized: { calls_last_hour: 400, rejected_last_hour: 2, rate: 0.005 } },
      alarms: [
        {
          name: 'ZohoTokenRefresher-ReauthorizationNeeded',
          since: iso(10 * MINUTE_MS),
          reason: 'Threshold crossed',
        },
      ],
      unseen: [],
    });
    desk.server.alarms.setState('ZohoTokenRefresher-ReauthorizationNeeded', 'OK', 'mended');
  });

  it('is told in a line a connection, with what is wrong below', async () => {
    const { name, refreshToken } = await desk.live();
    desk.zoho.revoke(refreshToken);
    await desk.run(['refresh', name]);
    countCalls(name, 2000, 5);

    const { exitCode, stdout } = await desk.run(['status', name]);

    const [title, head, line, failure, ...rest] = stdout.split('\n');
    expect(exitCode).toBe(1);
    expect(title).toMatch(/^ZohoTokenRefresher eu-west-1, \d\d:\d\d:\d\d UTC$/);
    expect(head?.trim().split(/\s{2,}/)).toEqual([
      'connection',
      'state',
      'dc',
      'token',
      'next',
      'gen',
      'mints',
      '401s, 1 h',
    ]);
    expect(line?.trim().split(/\s{2,}/)).toEqual([
      name,
      'blocked',
      'eu',
      '0 s old, 60 min left',
      'in 5 min',
      '1',
      '2 of 10',
      '0.25 % of 2,000',
    ]);
    expect(failure).toMatch(new RegExp(`^${name}: Zoho does not accept .* \\(invalid_code, 0 s ago\\)$`));
    expect(rest).toContain('No alarm is in ALARM.');
  });

  it('says what it may not see, and goes by the rest', async () => {
    const { name } = await desk.live();
    const allow = desk.server.aws.cloudWatch.faults.deny({ operation: '*' });

    const { exitCode, stdout } = await desk.run(['status', name]);
    const json = await desk.run(['status', name, '--json']);
    allow();

    expect(exitCode).toBe(0);
    expect(stdout).toContain('Could not be seen: cloudwatch:GetMetricData (AccessDeniedException)');
    expect(stdout).toContain('Could not be seen: cloudwatch:DescribeAlarms (AccessDeniedException)');
    expect(JSON.parse(json.stdout)).toMatchObject({ alarms: null, unseen: { length: 2 } });
  });

  it('leaves out what was disconnected, and counts it; by its name it is told', async () => {
    await desk.connected('acme-1');
    await desk.run(['disconnect', 'acme-1', '--confirm', 'acme-1']);

    const all = await desk.run(['status']);
    const one = await desk.run(['status', 'acme-1']);

    expect(all.stdout).toContain('Not shown: 1 disconnected.');
    expect(all.stdout).not.toContain('acme-1');
    expect(one.stdout).toMatch(/acme-1 +disabled .*never/);
    expect(one.exitCode).toBe(0);
  });

  it('tells a refresh under way, and a token that Zoho has ended', async () => {
    const { name } = await desk.live();
    const held = desk.zoho.holdNextCall();
    const refreshing = desk.deployment.refresh(name);
    await held.received;
    const during = await desk.run(['status', name]);
    held.release();
    await refreshing;
    await desk.run(['revoke', name, '--confirm', name]);

    const after = await desk.run(['status', name]);

    expect(during.stdout).toMatch(new RegExp(`${name} +active, refreshing .* now `));
    expect(after.stdout).toMatch(new RegExp(`${name} +disabled +eu +none +never`));
  });

  it('says of a declared connection that the refresher has not seen it', async () => {
    const name = desk.unregistered();

    const { exitCode, stdout, stderr } = await desk.run(['status', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`${name} is declared, but the refresher has not registered it yet.`);
  });

  it('tells of a row that nobody can read, among those that can be read', async () => {
    const { name } = await desk.live();

    const client = new DynamoDBClient({});
    const { tableName: TableName } = desk.deployment.config;
    await client.send(
      new PutItemCommand({ TableName, Item: { connection: { S: 'torn' }, status: { S: '?' } } }),
    );
    client.destroy();

    const { exitCode, stdout } = await desk.run(['status']);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`${name} +active`));
    expect(stdout).toMatch(/torn: The row cannot be read \(.*\)\. Mend or restore it\./);
  });
});

describe('status --watch', () => {
  it('looks again after so many seconds, until Ctrl-C', async () => {
    const { name } = await desk.live();
    let interrupt = () => {};
    let waitedMs = 0;

    const { exitCode, stdout } = await desk.run(['status', name, '--watch', '--interval', '7'], {
      onInterruptible: (press) => {
        interrupt = press;
      },
      wait: (ms) => {
        waitedMs += ms;
        desk.clock.advance(ms);
        if (waitedMs > 14_000) interrupt();
        return Promise.resolve();
      },
    });

    expect(exitCode).toBe(0);
    expect(stdout.match(/\d+ s old/g)).toEqual(['0 s old', '7 s old', '14 s old']);
  });

  it('is no JSON, and no half second', async () => {
    const runs = [
      await desk.run(['status', '--watch', '--json']),
      await desk.run(['status', '--watch', '--interval', '0.5']),
    ];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2]);
  });
});
