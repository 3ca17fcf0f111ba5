import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../cli/run-cli.ts';
import { createTerminal } from '../../cli/terminal/terminal.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { OperatorDesk } from '../support/operator-desk.ts';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

describe('refresh', () => {
  it('gets a new token, whose generation and life it tells', async () => {
    const { name } = await desk.live();

    const { exitCode, stdout, stderr } = await desk.run(['refresh', name]);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `live: ${name} has a new token, generation 2, valid for 60 min.\n`,
    });
    expect(stderr).toMatch(/^SANDBOX: simulated AWS and Zoho on this machine\n/);
  });

  it('registers a connection that the refresher has not seen yet', async () => {
    const name = desk.unregistered();
    desk.deployment.authorize(name);

    const { exitCode } = await desk.run(['refresh', name]);

    expect(exitCode).toBe(0);
    expect((await desk.row(name)).status).toBe('active');
  });

  it('keeps to the limits: a seventh in ten minutes is told when it is possible', async () => {
    const { name } = await desk.live();
    const codes: number[] = [];
    for (let round = 0; round < 5; round += 1) codes.push((await desk.run(['refresh', name])).exitCode);

    const { exitCode, stderr } = await desk.run(['refresh', name]);

    expect([...codes, exitCode]).toEqual([0, 0, 0, 0, 0, 1]);
    expect(stderr).toContain('as many tokens as may be asked for in ten minutes');
    expect(stderr).toMatch(/The next attempt is possible in 1[0-2] min\./);
  });

  it.each([
    ['throttled', { kind: 'throttle' }, /too many tokens were asked for/, /in 1\d min/],
    ['blocked', { kind: 'error', error: 'invalid_code' }, /does not accept the refresh token/, /in 5 min/],
    ['failed', { kind: 'html-5xx' }, /Zoho answered HTTP 503/, /in \d+ s/],
  ] as const)('says why, and when, for a connection that is then %s', async (_, fault, why, when) => {
    const { name } = await desk.live();
    desk.zoho.injectFault({ ...fault, calls: 1 });

    const { exitCode, stdout, stderr } = await desk.run(['refresh', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(why);
    expect(stderr).toMatch(when);
  });

  it('says what is missing where there are no credentials, and what to do where it is paused', async () => {
    const pending = await desk.pending();
    const { name: paused } = await desk.live();
    await desk.run(['pause', paused]);

    const runs = [await desk.run(['refresh', pending]), await desk.run(['refresh', paused])];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    expect(runs[0]?.stderr).toMatch(/no new token.*credentials/);
    expect(runs[1]?.stderr).toContain(`it is paused. zoho-tokens resume ${paused}`);
  });

  it('waits for another attempt that is under way', async () => {
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

  it('does not wait for ever for an attempt that died', async () => {
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
  it.each([
    ['plain', (token: string) => `${token}\n`],
    ['header', (token: string) => `Authorization: Zoho-oauthtoken ${token}\n`],
    [
      'env',
      (token: string) =>
        `export ZOHO_ACCESS_TOKEN='${token}'\nexport ZOHO_API_DOMAIN='https://www.zohoapis.eu'\n`,
    ],
    [
      'json',
      (token: string) =>
        `{"access_token":"${token}","api_domain":"https://www.zohoapis.eu","expires_at":"${new Date(desk.clock.now() + 3_600_000).toISOString()}"}\n`,
    ],
  ] as const)('is printed as %s, and nothing else goes to stdout', async (format, expected) => {
    const { name } = await desk.live();
    const token = desk.deployment.readToken(name)?.access_token ?? '';

    const { exitCode, stdout, stderr } = await desk.run(['token', name, '--format', format]);

    expect(exitCode).toBe(0);
    expect(stdout).toBe(expected(token));
    expect(stderr).toContain('valid for 60 min, for https://www.zohoapis.eu');
    expect(stderr).not.toContain(token);
  });

  it.each([
    ['yes', true, 0],
    ['no', false, 1],
  ] as const)('is asked for on a screen, and shown after a %s only', async (_, answer, code) => {
    const { name } = await desk.live();
    const token = desk.deployment.readToken(name)?.access_token ?? '';

    const { exitCode, stdout, questions } = await onScreen(['token', name], answer);

    expect(questions).toEqual([`Show the access token of ${name} on this screen?`]);
    expect({ exitCode, isShown: stdout.includes(token) }).toEqual({ exitCode: code, isShown: answer });
  });

  it('is shown on a screen without a question when that was wanted beforehand', async () => {
    const { name } = await desk.live();

    const { exitCode, questions } = await onScreen(['token', name, '--yes'], false);

    expect({ exitCode, questions }).toEqual({ exitCode: 0, questions: [] });
  });

  it.each([
    ['none', async () => desk.pending(), /has no token yet/],
    [
      'one that has expired',
      async () => {
        const { name } = await desk.live();
        desk.clock.advance(2 * 3_600_000);
        return name;
      },
      /expired 60 min ago/,
    ],
    [
      'one that nobody can read',
      async () => {
        const { name } = await desk.live();
        const value = secretText('{"access_token":"1000.abc"}');
        desk.secrets.store.put(`zoho/${name}/access-token`, { value });
        return name;
      },
      /cannot be read: .*\n {2}zoho-tokens refresh/,
    ],
  ] as const)('is not printed where there is %s', async (_, arrange, says) => {
    const name = await arrange();

    const { exitCode, stdout, stderr } = await desk.run(['token', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('1000.abc');
  });
});

/** Runs it with results on a screen, in front of a person who gives one answer. */
async function onScreen(args: readonly string[], answer: boolean) {
  const questions: string[] = [];
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const { environment } = desk.server;
  const terminal = createTerminal({
    environment,
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
  });
  const confirm = ({ message }: { message: string }) => {
    questions.push(message);
    return Promise.resolve(answer);
  };
  const exitCode = await runCli(args, {
    environment,
    terminal: { ...terminal, prompts: { ...terminal.prompts, confirm } },
    clock: desk.clock,
    wait: async () => {},
    fetch,
    openBrowser: async () => {},
    newState: () => '',
    onInterrupt: () => () => {},
  });
  return { exitCode, questions, stdout: String(stdout.read() ?? '') };
}
