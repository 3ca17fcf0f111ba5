import { afterAll, describe, expect, it } from 'vitest';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { OperatorDesk } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

/** A live connection and its access token. */
async function live() {
  const { name } = await desk.live();
  return { name, token: desk.deployment.readToken(name)?.access_token ?? '' };
}

describe('refresh', () => {
  it('gets a new token and prints its generation and life', async () => {
    const { name } = await desk.live();

    const { exitCode, stdout, stderr } = await desk.run(['refresh', name]);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `live: ${name} has a new token, generation 2, valid for 60 min.\n`,
    });
    expect(stderr).toMatch(/^SANDBOX: simulated AWS and Zoho on this machine\n/);
  });

  it('registers a connection that the refresher does not know yet', async () => {
    const name = desk.unregistered();
    desk.deployment.authorize(name);

    const { exitCode } = await desk.run(['refresh', name]);

    expect(exitCode).toBe(0);
    expect((await desk.row(name)).status).toBe('active');
  });

  it('stays within the limits: the eighth by operators in ten minutes is refused until later', async () => {
    const { name } = await desk.live();
    const codes: number[] = [];
    for (let round = 0; round < 7; round += 1) codes.push((await desk.run(['refresh', name])).exitCode);

    const { exitCode, stderr } = await desk.run(['refresh', name]);

    expect([...codes, exitCode]).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    expect(stderr).toContain(
      'The limit of refreshes that operators may cause is reached: 8 in 10 minutes, 60 in a day. The schedule still renews the token.',
    );
    expect(stderr).toMatch(/The next attempt is possible in 1[0-2] min\./);
  });

  it.each([
    ['throttled', { kind: 'throttle' }, /too many tokens/, /in 1\d min/],
    [
      'refused',
      { kind: 'error', error: 'invalid_code' },
      /Not confirmed: .*does not accept the refresh token/,
      /in 45 s/,
    ],
    ['failed', { kind: 'html-5xx' }, /Zoho answered HTTP 503/, /in \d+ s/],
  ] as const)('says why a connection is then %s, and when to retry', async (_, fault, why, when) => {
    const { name } = await desk.live();
    desk.zoho.injectFault({ ...fault, calls: 1 });

    const { exitCode, stdout, stderr } = await desk.run(['refresh', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(why);
    expect(stderr).toMatch(when);
  });

  it('asks again about every connection that Zoho refuses, and about no other', async () => {
    await desk.run(['refresh', '--all-blocked']);
    const [fixed, dead, live] = [await desk.live(), await desk.live(), await desk.live()];
    for (const { name } of [fixed, dead]) desk.zoho.revoke(desk.deployment.authorize(name).refreshToken);
    for (const { name } of [fixed, dead]) await desk.run(['refresh', name]);
    desk.zoho.revoke(live.refreshToken);
    desk.deployment.authorize(fixed.name);

    const all = await desk.run(['refresh', '--all-blocked']);
    desk.deployment.authorize(dead.name);
    const again = await desk.run(['refresh', '--all-blocked']);
    const none = await desk.run(['refresh', '--all-blocked']);

    expect(all).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^live: .*\n1 of 2 blocked connections have a token now\.\n$/),
    });
    expect(all.stderr).toContain(`no new token: ${dead.name}`);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/1 of 1 blocked connections/) });
    expect(none).toMatchObject({ exitCode: 0, stdout: 'No connection is blocked.\n' });
    expect((await desk.row(live.name)).generation).toBe(1);
  });

  it.each([
    [['refresh'], 'The name of a connection is missing.'],
    [['refresh', 'crm-prod', '--all-blocked'], '--all-blocked cannot be used with the name of a connection.'],
  ])('needs a name or --all-blocked, and not both: %j', async (args, problem) => {
    expect(await desk.run(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(problem) });
  });

  it('says what to do without credentials and for a paused connection', async () => {
    const pending = await desk.pending();
    const { name: paused } = await desk.live();
    await desk.run(['pause', paused]);

    const runs = [await desk.run(['refresh', pending]), await desk.run(['refresh', paused])];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    expect(runs[0]?.stderr).toMatch(/no new token.*credentials/);
    expect(runs[1]?.stderr).toContain(`The connection is paused. Run: zoho-tokens resume ${paused}`);
  });

  it('waits for a refresh that is already in progress', async () => {
    const { name } = await desk.live();
    const held = desk.zoho.holdNextCall();
    const another = desk.deployment.refresh(name);
    await held.received;

    const { exitCode, stdout } = await desk.run(['refresh', name], {
      wait: async () => {
        held.release();
        await another;
      },
    });

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`live: ${name} has`);
    expect(desk.zoho.isValid(desk.deployment.readToken(name)?.access_token ?? '')).toBe(true);
  });

  it('does not wait forever for a refresh that died', async () => {
    const { name } = await desk.live();
    const held = desk.zoho.holdNextCall();
    void desk.deployment.refresh(name);
    await held.received;

    const { exitCode, stdout } = await desk.run(['refresh', name]);
    held.abandon();

    expect(exitCode).toBe(0);
    expect(stdout).toContain('generation 3');
  });
});

describe('token', () => {
  const api = `${desk.server.origin}/zoho/www.zohoapis.eu`;

  it.each([
    ['plain', (token: string) => token],
    ['header', (token: string) => `Authorization: Zoho-oauthtoken ${token}`],
    ['env', (token: string) => `export ZOHO_ACCESS_TOKEN='${token}'\nexport ZOHO_API_DOMAIN='${api}'`],
    [
      'json',
      (token: string) =>
        `{"access_token":"${token}","api_domain":"${api}","expires_at":"${new Date(desk.clock.now() + 3_600_000).toISOString()}"}`,
    ],
  ] as const)('is printed as %s, with nothing else on stdout', async (format, expected) => {
    const { name, token } = await live();

    const { exitCode, stdout, stderr } = await desk.run(['token', name, '--format', format]);

    expect(exitCode).toBe(0);
    expect(stdout).toBe(`${expected(token)}\n`);
    expect(stderr).toContain(`valid for 60 min, for ${api}`);
    expect(stderr).not.toContain(token);
  });

  it('is an environment for Postman and Bruno, in which only the token is marked as secret', async () => {
    const { name, token } = await live();

    const { exitCode, stdout, stderr } = await desk.run(['token', name, '--format', 'postman']);
    const again = await desk.run(['token', name, '--format', 'postman']);

    expect(exitCode).toBe(0);
    expect(again.stdout).toBe(stdout);
    expect(JSON.parse(stdout)).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/),
      name: `Zoho ${name} (zoho)`,
      values: [
        { key: 'token', value: token, type: 'secret', enabled: true },
        { key: 'api-domain', value: api, type: 'default', enabled: true },
        {
          key: 'accounts-url',
          value: `${desk.server.origin}/zoho/accounts.zoho.eu`,
          type: 'default',
          enabled: true,
        },
        {
          key: 'expires-at',
          value: new Date(desk.clock.now() + 3_600_000).toISOString(),
          type: 'default',
          enabled: true,
        },
      ],
      _postman_variable_scope: 'environment',
    });
    expect(stderr).toContain('delete the file as soon as you have imported it');
    expect(stderr).not.toContain(token);
  });

  it('has the address of the sandbox, and is accepted there', async () => {
    const { name } = await live();
    const { stdout } = await desk.run(['token', name, '--format', 'json']);
    const { access_token, api_domain } = JSON.parse(stdout);

    const response = await fetch(`${api_domain}/crm/v8/Leads`, {
      headers: { authorization: `Zoho-oauthtoken ${access_token}` },
    });

    expect(response.status).toBe(200);
  });

  it.each<[how: string, args: string[], answers: boolean[], isShown: boolean]>([
    ['after a yes', [], [true], true],
    ['not after a no', [], [false], false],
    ['without a question with --yes', ['--yes'], [], true],
  ])('is shown on a terminal %s', async (_, args, answers, isShown) => {
    const { name, token } = await live();

    const run = await desk.run(['token', name, ...args], { isStdoutTty: true, answers });

    expect(run.questions).toEqual(answers.map(() => `Show the access token of ${name} on this screen?`));
    expect([run.exitCode, run.stdout.includes(token)]).toEqual([isShown ? 0 : 1, isShown]);
  });

  it.each<[fact: string, arrange: (name: string) => void, says: RegExp]>([
    [
      'has expired',
      () => desk.clock.advance(2 * 3_600_000),
      /expired 60 min ago\.\n {2}Run: zoho-tokens doctor/,
    ],
    [
      'is not valid',
      (name) => {
        const value = secretText('{"access_token":"1000.abc"}');
        desk.secrets.store.put(`zoho/${name}/access-token`, { value });
      },
      /is not valid: .*\n {2}Run: zoho-tokens refresh/,
    ],
  ])('is not printed when it %s', async (_, arrange, says) => {
    const { name } = await live();
    arrange(name);

    const { exitCode, stdout, stderr } = await desk.run(['token', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('1000.abc');
  });

  it('is not printed when there is none yet', async () => {
    const { exitCode, stdout, stderr } = await desk.run(['token', await desk.pending()]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('has no token yet');
  });
});
