import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const TOKEN = '1000.0f1e2d3c4b5a69788796a5b4c3d2e1f0.1a2b3c4d5e6f708192a3b4c5d6e7f809';
const CLIENT_SECRET = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());
const { name } = await desk.live();

describe('the sandbox', () => {
  it.each([
    ['https://accounts.zoho.eu', 'http://127.0.0.1:4610'],
    ['http://127.0.0.1.attacker.example/zoho', 'http://127.0.0.1:4610'],
    ['http://127.0.0.1@attacker.example/zoho', 'http://127.0.0.1:4610'],
    ['not an address', 'http://127.0.0.1:4610'],
    ['http://127.0.0.1:4610/zoho', undefined],
    ['http://127.0.0.1:4610/zoho', 'https://secretsmanager.eu-west-1.amazonaws.com'],
  ])('is refused at %s with AWS at %s: both must be on this machine', async (zoho, aws) => {
    const environment = { ...desk.server.environment, ZOHO_SANDBOX_URL: zoho, AWS_ENDPOINT_URL: aws };

    const { exitCode, stdout, stderr } = await desk.run(['token', name], { environment });

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^error: ZOHO_SANDBOX_URL .*\n {2}(Unset it|Set both)/);
  });

  it('keeps every AWS service on this machine, whatever else the environment says', async () => {
    const settings = {
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
    };
    for (const [variable, value] of Object.entries(settings)) vi.stubEnv(variable, value);
    onTestFinished(() => {
      for (const variable of Object.keys(settings)) vi.stubEnv(variable, undefined);
    });

    const { exitCode } = await desk.run(['token', name]);

    expect(exitCode).toBe(0);
  });
});

describe('wrong usage', () => {
  it.each(
    [
      '',
      'frobnicate',
      'authorize',
      'authorize a b',
      'authorize a --frobnicate',
      'authorize a --data-center mars',
      'authorize a --import --self-client',
      `authorize a --import --add-scope ${SCOPE}`,
      'authorize a --self-client --no-browser',
      'authorize ä',
      'connect acme-2',
      'connect acme/2 --data-center eu',
      'token a --format yaml',
      'status --interval 0',
    ].map((command) => [command]),
  )('"%s" exits with 2 before AWS is called', async (command) => {
    const before = desk.server.aws.ssm.calls.length;

    const { exitCode, stderr } = await desk.run(command.split(' ').filter((arg) => arg !== ''));

    expect(exitCode).toBe(2);
    expect(stderr).not.toBe('');
    expect(desk.server.aws.ssm.calls).toHaveLength(before);
  });
});

describe('a secret pasted into the command line is not shown', () => {
  it.each(
    [TOKEN, CLIENT_SECRET].flatMap((secret) =>
      [
        secret,
        `authorize ${secret}`,
        `token ${secret} --format env`,
        `status crm-01 ${secret}`,
        `authorize crm-01 --client-secret=${secret}`,
        `authorize crm-01 --client-secret ${secret}`,
        `authorize crm-01 --data-center ${secret}`,
        `authorize crm-01 --redirect-uri ${secret}`,
        `authorize crm-01 --redirect-uri http://localhost:8400/callback?code=${secret}`,
        `revoke crm-01 --confirm ${secret}`,
        `status --interval ${secret}`,
      ].map((command) => [command]),
    ),
  )('%s', async (command) => {
    const { exitCode, stdout, stderr } = await desk.run(command.split(' '));

    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain(TOKEN.slice(5, 25));
    expect(stdout + stderr).not.toContain(CLIENT_SECRET.slice(0, 12));
  });
});
