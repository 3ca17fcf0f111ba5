import { afterAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { OperatorDesk } from '../support/operator-desk.ts';
import { MINUTE_MS, putRow, START_MS } from '../support/sandbox.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const iso = (afterStartMs: number) => new Date(START_MS + afterStartMs).toISOString();
const cellsOf = (line = '') => line.trim().split(/\s{2,}/);

function countCalls(connection: string | undefined, calls: number, rejected: number): void {
  const dimensions = { service: 'zoho', ...(connection === undefined ? {} : { connection }) };
  const metric = { namespace: 'ZohoTokenRefresher', name: 'Unauthorized', dimensions };
  const sample = { atMs: desk.clock.now() - MINUTE_MS, minimum: 0, maximum: 1 };
  desk.server.aws.cloudWatch.metrics.addSample(metric, { ...sample, count: calls, sum: rejected });
}

/** A connection whose new credentials Zoho refuses. */
async function blocked(): Promise<string> {
  const { name } = await desk.live();
  desk.zoho.revoke(desk.deployment.authorize(name).refreshToken);
  await desk.run(['refresh', name]);
  return name;
}

describe('status', () => {
  it('shows alarms even when there are no connections', async () => {
    const quiet = await desk.run(['status']);
    desk.server.alarms.setState('ZohoTokenRefresher-RefresherSilent', 'ALARM', 'no data points');
    const inAlarm = await desk.run(['status']);
    desk.server.alarms.setState('ZohoTokenRefresher-RefresherSilent', 'OK', 'data points');

    expect(quiet).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No connections yet.') });
    expect(inAlarm).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('ALARM ZohoTokenRefresher-RefresherSilent for 0 s'),
    });
  });

  it('--json has every field, null where a value is missing', async () => {
    const names = [(await desk.live()).name, await blocked(), await desk.pending()] as const;
    const [live] = names;
    desk.clock.advance(10 * MINUTE_MS);
    countCalls(live, 200, 1);
    countCalls(undefined, 400, 2);
    const alarm = 'ZohoTokenRefresher-ReauthorizationNeeded';
    desk.server.alarms.setState(alarm, 'ALARM', 'Threshold crossed');
    const rows = await Promise.all(names.map((name) => desk.row(name)));

    const { exitCode, stdout } = await desk.run(['status', '--json']);
    desk.server.alarms.setState(alarm, 'OK', 'recovered');

    const base = (index: number) => ({
      connection: names[index],
      next_attempt_at: new Date(rows[index]?.nextAttemptAtMs ?? 0).toISOString(),
      ...{ status: 'active', health: 'good', data_center: 'eu', source: 'declared', generation: 1 },
      store: 'secrets-manager',
      ...{ token_age_seconds: 600, token_expires_at: iso(60 * MINUTE_MS), token_left_seconds: 3000 },
      ...{ refreshing: false, mints_in_window: 1, publishes_in_day: 1, rejecting_fresh_tokens: false },
      ...{ last_failure: null, unauthorized: null, blocked_since: null, parked: false },
    });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ...{ deployment: 'zoho', stack: 'ZohoTokenRefresher', version: packageJson.version },
      ...{ account: '000000000000', region: 'eu-west-1', at: iso(10 * MINUTE_MS) },
      summary: {
        connections: 3,
        states: { healthy: 1, blocked: 1, pending: 1 },
        soonest_expiry: { connection: live, left_seconds: 3000 },
      },
      connections: [
        { ...base(0), unauthorized: { calls_last_hour: 200, rejected_last_hour: 1, rate: 0.005 } },
        {
          ...base(1),
          ...{ status: 'blocked', health: 'bad', mints_in_window: 2, blocked_since: iso(0) },
          last_failure: {
            code: 'invalid_code',
            message: expect.stringContaining('does not accept the refresh token'),
            at: iso(0),
          },
        },
        {
          ...base(2),
          ...{ status: 'pending', health: 'waiting', data_center: null, generation: 0 },
          ...{ mints_in_window: 0, publishes_in_day: 0 },
          ...{ token_age_seconds: null, token_expires_at: null, token_left_seconds: null },
          last_failure: { code: 'no_credentials', message: expect.any(String), at: iso(0) },
        },
      ],
      fleet: { unauthorized: { calls_last_hour: 400, rejected_last_hour: 2, rate: 0.005 } },
      alarms: [{ name: alarm, since: iso(10 * MINUTE_MS), reason: 'Threshold crossed' }],
      unseen: [],
    });
  });

  it('shows one line per connection, with failures below', async () => {
    const name = await blocked();
    countCalls(name, 2000, 5);

    const { exitCode, stdout } = await desk.run(['status', name]);

    const [title, head, line, failure, ...rest] = stdout.split('\n');
    expect(exitCode).toBe(1);
    expect(title).toMatch(
      /^zoho \(stack ZohoTokenRefresher\), account 000000000000, eu-west-1, \d\d:\d\d:\d\d UTC$/,
    );
    expect(cellsOf(head).join('|')).toBe('connection|state|dc|token|next|gen|mints|401s, 1 h');
    expect(cellsOf(line).join('|')).toBe(
      `${name}|blocked|eu|0 s old, 60 min left|in 45 s|1|2 of 10|0.25 % of 2,000`,
    );
    expect(failure).toMatch(
      new RegExp(`^${name}: Zoho does not accept .* \\(invalid_code, 0 s ago, blocked for 0 s\\)$`),
    );
    expect(rest).toContain('No alarm is in ALARM.');
  });

  it('names a connection whose consumers reject fresh tokens, and so does doctor', async () => {
    const { name } = await desk.live();
    for (let generation = 1; generation <= 5; generation += 1) {
      await desk.deployment.refresh(name, { rejectedGeneration: generation, reason: 'unauthorized' });
      desk.clock.advance(MINUTE_MS);
    }

    const status = await desk.run(['status', name]);
    const json = await desk.run(['status', name, '--json']);
    const doctor = await desk.run(['doctor', name]);

    const causes =
      'Consumers reject tokens that Zoho has just issued, which a new token does not help: a scope is missing, the host or the organization is wrong, a proxy answers 401, or something else mints with the same refresh token. The token is renewed on schedule. Runbook: TokensRejected.';
    expect([status.exitCode, json.exitCode, doctor.exitCode]).toEqual([1, 1, 1]);
    expect(status.stdout.split('\n')[3]).toBe(`${name}: ${causes}`);
    expect(JSON.parse(json.stdout).connections).toMatchObject([
      {
        ...{ connection: name, status: 'active', health: 'bad', rejecting_fresh_tokens: true },
        last_failure: null,
      },
    ]);
    expect(doctor.stdout).toMatch(/^fail +complaints +4 of 8 extra tokens for consumers in a day\. /m);
    expect(doctor.stdout).toContain(`in a day. ${causes}\n`);
    expect(doctor.stdout).toContain(
      'Find the consumer by its 401s and fix it. See https://runbooks.example/TokensRejected.md.',
    );
  });

  it('names what it may not read, and works without it', async () => {
    const { name } = await desk.live();
    const allow = desk.server.aws.cloudWatch.faults.deny({ operation: '*' });

    const { exitCode, stdout } = await desk.run(['status', name]);
    const json = await desk.run(['status', name, '--json']);
    allow();

    expect(exitCode).toBe(0);
    expect(stdout).toContain('Could not read: cloudwatch:GetMetricData (AccessDeniedException)');
    expect(stdout).toContain('Could not read: cloudwatch:DescribeAlarms (AccessDeniedException)');
    expect(JSON.parse(json.stdout)).toMatchObject({ alarms: null, unseen: { length: 2 } });
  });

  it('counts disconnected connections without listing them, and shows one by its name', async () => {
    await desk.connected('acme-1');
    await desk.run(['disconnect', 'acme-1', '--confirm', 'acme-1']);

    const all = await desk.run(['status']);
    const one = await desk.run(['status', 'acme-1']);

    expect(all.stdout).toContain('Not shown: 1 disconnected.');
    expect(all.stdout).not.toContain('acme-1');
    expect(one.stdout).toMatch(/acme-1 +disabled .*never/);
    expect(one.exitCode).toBe(0);
  });

  it('shows a refresh in progress, and no token after a revocation', async () => {
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

  it('says that a declared connection is not registered yet', async () => {
    const name = desk.unregistered();

    const { exitCode, stdout, stderr } = await desk.run(['status', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`${name} is declared, but the refresher has not registered it yet.`);
  });

  it('judges one connection by its own health, and not by the others or by alarms', async () => {
    const { name } = await desk.live();
    const bad = await blocked();
    desk.server.alarms.setState('ZohoTokenRefresher-ReauthorizationNeeded', 'ALARM', 'another connection');

    const codes = [];
    for (const args of [name, bad, `${name.slice(0, -1)}*`, '--blocked', ''])
      codes.push((await desk.run(`status ${args}`.trim())).exitCode);
    const doctor = await desk.run(['doctor', name]);
    desk.server.alarms.setState('ZohoTokenRefresher-ReauthorizationNeeded', 'OK', 'recovered');

    expect(codes).toEqual([0, 1, 1, 1, 1]);
    expect(doctor.stdout).toMatch(/^pass +alarms +none of this connection/m);
  });

  it('opens with a summary, and filters by pattern and by state', async () => {
    const { name } = await desk.live();
    const bad = await blocked();

    const all = await desk.run('status');
    const onlyBlocked = await desk.run('status --blocked');
    const none = await desk.run('status nothing-*');
    const invalid = await desk.run('status 1000.abc*');

    expect(all.stdout.split('\n')[1]).toMatch(
      /^\d+ connections: \d+ healthy.*, \d+ blocked.* Soonest expiry: crm-/,
    );
    expect(onlyBlocked.stdout).toContain(bad);
    expect(onlyBlocked.stdout).not.toContain(`${name} `);
    expect(none).toMatchObject({ exitCode: 1, stdout: '' });
    expect(none.stderr).toContain('No connection matches the pattern.');
    expect(invalid).toMatchObject({ exitCode: 2, stdout: '' });
    expect(invalid.stderr).not.toContain('1000.abc');
  });

  it('shows an unreadable row among the others', async () => {
    const { name } = await desk.live();
    await putRow(desk.deployment, { connection: { S: 'torn' }, status: { S: '?' } });

    const { exitCode, stdout } = await desk.run(['status']);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`${name} +active`));
    expect(stdout).toMatch(/torn: The row cannot be read \(.*\)\. Correct or restore it\./);
  });
});

describe('status --watch', () => {
  it('updates at the interval until Ctrl-C', async () => {
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

  it('says what it costs, and continues after a look that failed, but not after the first one', async () => {
    const { name } = await desk.live();
    let interrupt = () => {};
    let waitedMs = 0;
    let allow = () => {};
    const watch = () =>
      desk.run(['status', name, '--watch', '--interval', '5'], {
        onInterruptible: (press) => {
          interrupt = press;
        },
        wait: (ms) => {
          waitedMs += ms;
          if (waitedMs === 1_000) allow = desk.table.faults.deny({ operation: 'GetItem' });
          if (waitedMs === 7_000) allow();
          if (waitedMs > 12_000) interrupt();
          return Promise.resolve();
        },
      });

    const { exitCode, stdout, stderr } = await watch();
    waitedMs = 0;
    const denied = desk.table.faults.deny({ operation: 'GetItem' });
    const first = await watch();
    denied();

    expect(exitCode).toBe(0);
    expect(stdout.match(/ old, /g)).toHaveLength(2);
    expect(stderr).toContain('Every 5 s, about $0.03 an hour for AWS. Ctrl-C ends it.');
    expect(stderr).toMatch(/^not updated: .*dynamodb:GetItem/m);
    expect(first.exitCode).toBe(1);
  });

  it.each([['--json'], ['--interval', '0.5']])('rejects %s', async (...args) => {
    const { exitCode } = await desk.run(['status', '--watch', ...args.filter((arg) => arg !== undefined)]);

    expect(exitCode).toBe(2);
  });
});
