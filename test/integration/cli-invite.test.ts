import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { addressParameterName } from '../../lambdas/core/deployment-address.ts';
import { LambdaServiceError } from '../../sandbox/aws/lambda-endpoint.ts';
import { ConsentStandIn } from '../support/consent-stand-in.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import type { CliRunOptions } from '../support/run-zoho-tokens.ts';
import { addSharedClient } from '../support/shared-clients.ts';

const desk = await OperatorDesk.open();
const api = await ConsentStandIn.start(desk);
afterAll(async () => {
  await desk.close();
  await api.close();
});
await addSharedClient(desk, 'acme-app');

const run = (args: string | readonly string[], options: Partial<CliRunOptions> = {}) =>
  desk.run(args, {
    environment: api.environment,
    newState: () => randomBytes(32).toString('base64url'),
    ...options,
  });

/** As in a deployment without the setting `consent`. */
function undeploy(): void {
  for (const parameter of ['consent-target', 'consent-url', 'consents-table'] as const)
    desk.server.aws.ssm.delete(addressParameterName('zoho', parameter));
}

/** A connection with an open invite. */
async function invited(...args: string[]) {
  const name = await desk.pending();
  const client = args.includes('--client') ? [] : ['--client', 'acme-app'];
  const result = await run(['invite', name, ...client, ...args]);
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return { name, ...result, id: api.row(name).id, url: api.urls.at(-1) ?? '' };
}

describe('invite', () => {
  it('prints a message with the link once to stdout, and what to know to stderr', async () => {
    const { name, stdout, stderr, url, id } = await invited('--expect-email', 'admin@acme.example');

    expect(stdout.split(url)).toHaveLength(2);
    expect(stdout).toContain(`our connection "${name}"`);
    expect(stdout).toContain('sign in at Zoho as admin@acme.example');
    expect(stdout).toContain('The link works until 2026-01-08 09:00 UTC');
    expect(stderr).not.toContain(url.split('.').at(-1));
    expect(stderr).toContain(`Invite ${id} expires in 3 d`);
    expect(stderr).toContain('must have this redirect URI');
    expect(stderr).toContain('https://connect.example.com/callback');
    expect(api.requests.at(-1)).toMatchObject({
      ...{ action: 'create-invite', connection: name, client: 'acme-app', mode: 'direct' },
      expect: { email: 'admin@acme.example' },
      principal: expect.stringContaining('arn:aws:') as string,
    });
  });

  it('passes every option on', async () => {
    const { stdout } = await run([
      ...['invite', 'crm-new', '--client', 'acme-app', '--create', '--data-center', 'us'],
      ...['--scope', 'ZohoCRM.modules.ALL', '--expect-domain', '@acme.example', '--expect-org', '42'],
      ...['--confirm', '--identify', '--expires', '24h', '--label', 'Acme Support', '--json'],
    ]);

    expect(JSON.parse(stdout)).toEqual({
      ...{ id: api.row('crm-new').id, url: api.urls.at(-1), expires_at: '2026-01-06T09:00:00.000Z' },
      ...{ status: 'open', connection: 'crm-new', client: 'acme-app', mode: 'confirm' },
    });
    expect(api.requests.at(-1)).toMatchObject({
      ...{ scopes: ['ZohoCRM.modules.ALL'], data_center: 'us', create: true, mode: 'confirm' },
      ...{ expect: { email_domain: 'acme.example', org_id: '42' }, identify: true },
      ...{ expires_in_seconds: 86_400, label: 'Acme Support' },
    });
  });

  it('says that anyone with the link can consent, unless that is checked', async () => {
    const unchecked = await invited();
    const checked = await invited('--confirm');

    expect(unchecked.stderr).toContain('Anyone who has the link can consent');
    expect(checked.stderr).not.toContain('Anyone who has the link');
    expect(checked.stderr).toContain(`zoho-tokens confirm ${checked.name}`);
  });

  it('warns when more links of a client are open than Zoho gives codes in ten minutes', async () => {
    await addSharedClient(desk, 'busy-app');
    const { name } = await invited('--client', 'busy-app');
    for (let more = 1; more < 10; more += 1) api.rows.push({ ...api.row(name), id: `${more}` });

    const { stderr } = await invited('--client', 'busy-app');

    expect(stderr).toContain('11 invites of the client busy-app are open');
  });

  it('asks for the client if there are several, and the connection has none', async () => {
    const name = await desk.pending();

    const silent = await run(['invite', name]);
    const asked = await run(['invite', name], { answers: ['busy-app'] });

    expect(silent).toMatchObject({ exitCode: 2, stdout: '' });
    expect(silent.stderr).toContain('Use --client with one of: acme-app, busy-app.');
    expect(asked.exitCode).toBe(0);
    expect(api.row(name).client).toBe('busy-app');
  });

  it.each([
    ['a connection that does not exist', 'invite crm-00', 1, 'Did you mean crm-'],
    ['a client that does not exist', 'invite crm-40 --client nothing', 1, 'zoho-tokens client list'],
    ['a duration that is none', 'invite crm-40 --expires 72', 2, 'must be a duration such as 72h'],
    ['an address that is none', 'invite crm-40 --expect-email admin', 2, '--expect-email must be an email'],
  ])('refuses %s', async (_, command, exitCode, message) => {
    const before = api.rows.length;

    const result = await run(command);

    expect(result).toMatchObject({
      exitCode,
      stdout: '',
      stderr: expect.stringContaining(message) as string,
    });
    expect(api.rows).toHaveLength(before);
  });
});

describe('invites', () => {
  it('shows who was invited by whom, who consented, and what to do next', async () => {
    const { name, id } = await invited('--label', 'Acme Support');
    const other = await invited();
    api.consent(name, { mismatch: ['email'] });
    desk.clock.advance(120_000);

    const all = await run('invites --all');
    const one = await run(['invites', name]);
    const byId = await run(['invites', '--', id]);
    const json = await run(['invites', name, '--json']);

    const lines = all.stdout.split('\n');
    expect(lines[0]).toMatch(/^connection +state +client +invited +link +id$/);
    expect(lines.findIndex((line) => line.includes(id))).toBeLessThan(
      lines.findIndex((line) => line.includes(other.id)),
    );
    expect(one.stdout).toContain(`${name}      awaiting  acme-app`);
    expect(one.stdout).toContain('2 min ago by sandbox');
    expect(one.stdout).toContain('invited as: Acme Support');
    expect(one.stdout).toContain('consented: bob@other.example of Other GmbH (20012345), 2 min ago');
    expect(one.stdout).toContain('mismatch: not the expected email address');
    expect(one.stdout).toMatch(/Run: zoho-tokens confirm .*, or: zoho-tokens reject /);
    expect(byId.stdout).toBe(one.stdout);
    expect(JSON.parse(json.stdout)).toMatchObject({ invites: [{ id, status: 'awaiting' }] });
  });

  it('says that there are none', async () => {
    const { exitCode, stderr } = await run('invites crm-none');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no invite of crm-none');
  });
});

describe('confirm', () => {
  it('shows who consented, asks, stores, and waits for the token', async () => {
    const { name } = await invited('--confirm');
    const { id } = api.consent(name, { mismatch: ['org_id'] });

    const { exitCode, stdout, stderr, questions } = await run(['confirm', name], { answers: [name] });

    expect(stderr).toContain('consented: bob@other.example of Other GmbH (20012345)');
    expect(stderr).toContain('mismatch: not the expected organization');
    expect(questions[0]).toContain(
      'will work with the data of bob@other.example of Other GmbH (20012345). Type the name',
    );
    expect(stdout).toContain(`stored: the credentials of ${name}, client acme-app, data center eu`);
    expect(stdout).toContain(`live: ${name} has a new token`);
    expect(exitCode).toBe(0);
    expect(api.requests).toContainEqual({ action: 'complete-invite', id });
  });

  it('stores nothing if the answer is another name, and nothing without a terminal', async () => {
    const { name } = await invited('--confirm');
    api.consent(name);

    const wrong = await run(['confirm', name], { answers: ['other'] });
    const silent = await run(['confirm', name]);
    const option = await run(['confirm', name, '--confirm', 'other']);

    expect([wrong.exitCode, silent.exitCode, option.exitCode]).toEqual([1, 2, 2]);
    expect(silent.stderr).toContain(`Use --confirm ${name}.`);
    expect(api.row(name).status).toBe('awaiting');
  });

  it('says what happened if nothing was stored', async () => {
    const { name } = await invited('--confirm');
    const awaiting = api.consent(name);
    const failed = { ...awaiting, status: 'failed', reason: 'superseded', message: 'Others came first.' };

    const { exitCode, stderr } = await run(['confirm', name], {
      answers: [
        () => {
          api.next = () => failed;
          return name;
        },
      ],
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`of ${name} were not stored: the invite is failed. Others came first.`);
    expect(stderr).toContain(`zoho-tokens invite ${name}`);
  });

  it('refuses an invite that does not wait, and one of a platform', async () => {
    const { name } = await invited();
    const open = await run(['confirm', name]);
    api.consent(name, { mode: 'platform', subject: 'tenant-1' });
    const platform = await run(['confirm', name]);

    expect(open.stderr).toContain(`No invite of ${name} waits for confirmation. The newest one is open.`);
    expect(open.stderr).toContain('Wait for the consent');
    expect(platform.stderr).toContain('belongs to a platform');
    expect([open.exitCode, platform.exitCode]).toEqual([1, 1]);
  });

  it('asks for an id if two invites of a connection wait', async () => {
    const { name } = await invited();
    const first = api.consent(name).id;
    await run(['invite', name, '--client', 'acme-app']);
    const second = api.consent(name).id;

    const { exitCode, stderr } = await run(['confirm', name]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`2 invites of ${name}`);
    for (const id of [first, second]) expect(stderr).toContain(id);
  });

  it('is not interrupted by Ctrl-C while it stores', async () => {
    const { name } = await invited('--confirm');
    api.consent(name);
    let interrupt = () => {};

    const { exitCode, stderr } = await run(['confirm', name], {
      onInterruptible: (press) => {
        interrupt = press;
      },
      answers: [
        () => {
          const original = api.answer.bind(api);
          api.next = () => {
            interrupt();
            return original({ action: 'complete-invite', id: api.row(name).id });
          };
          return name;
        },
      ],
    });

    expect(exitCode).toBe(0);
    expect(stderr).toContain('is not interrupted');
  });
});

describe('reject and cancel', () => {
  it('reject revokes what waits', async () => {
    const { name, id } = await invited();
    api.consent(name);

    const { exitCode, stdout, stderr } = await run(['reject', name, '--confirm', name]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`rejected: the invite ${id} of ${name}`);
    expect(stderr).toContain('It was revoked.');
    expect(api.row(name)).toMatchObject({ status: 'failed', reason: 'rejected' });
  });

  it('cancel withdraws the one open invite, and with --all each of them', async () => {
    const { name, id } = await invited();
    const cancelled = await run(['cancel', name]);
    for (const _ of [1, 2]) await run(['invite', name, '--client', 'acme-app']);
    const several = await run(['cancel', name]);
    const all = await run(['cancel', name, '--all']);
    const again = await run(['cancel', name]);

    expect(cancelled.stdout).toBe(`cancelled: the invite ${id} of ${name}\n`);
    expect(several).toMatchObject({ exitCode: 1, stdout: '' });
    expect(all.stdout.match(/cancelled/g)).toHaveLength(2);
    expect(again.stderr).toContain('The newest one is cancelled');
  });

  it.each(['confirm', 'reject', 'cancel', 'invites'])(
    '%s refuses a link, which is a secret',
    async (command) => {
      const [id, secret] = [randomBytes(16), randomBytes(32)].map((bytes) => bytes.toString('base64url'));

      for (const given of [`https://connect.example.com/i/${id}.${secret}`, `${id}.${secret}`]) {
        const { exitCode, stdout, stderr } = await run([command, '--', given]);

        expect(exitCode).toBe(2);
        expect(stdout + stderr).not.toContain(secret);
        expect(stderr).toContain('link of an invite');
      }
    },
  );

  it('disconnect ends the invites of its connection', async () => {
    const { name } = await desk.connected('acme-invited');
    await run(['invite', name, '--client', 'acme-app']);
    const waiting = api.consent(name).id;
    await run(['invite', name, '--client', 'acme-app']);
    const open = api.row(name).id;

    const { exitCode, stdout } = await run(['disconnect', name, '--confirm', name]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`cancelled: the invite ${open}`);
    expect(stdout).toContain(`rejected: the invite ${waiting}`);
    expect(api.rows.filter((row) => row.connection === name).map(({ status }) => status)).toEqual([
      'failed',
      'cancelled',
    ]);
  });
});

describe('invites in other commands', () => {
  it('status shows those that are pending, and doctor and audit those that wait for confirmation', async () => {
    const { name } = await invited('--confirm');
    const pages: typeof fetch = () =>
      Promise.resolve(new Response('', { status: 404, headers: { 'content-type': 'text/html' } }));

    const open = await run(['status', name]);
    api.consent(name);
    const awaiting = await run(['status', name, '--json']);
    const doctor = await run(['doctor', name, '--json'], { fetch: pages });
    const audit = await run(['audit', '--json']);
    await run(['reject', name, '--confirm', name]);
    const over = await run(['status', name, '--json']);

    expect(open.stdout).toContain(`${name}      open   acme-app`);
    expect(JSON.parse(awaiting.stdout)).toMatchObject({
      invites: [{ connection: name, status: 'awaiting' }],
    });
    expect((JSON.parse(doctor.stdout) as { checks: unknown[] }).checks.slice(-2)).toMatchObject([
      { check: 'consent-pages', result: 'pass' },
      { check: 'invites', result: 'fail', fix: expect.stringContaining('zoho-tokens confirm') as string },
    ]);
    expect((JSON.parse(audit.stdout) as { findings: unknown[] }).findings).toContainEqual(
      expect.objectContaining({ connection: name, rule: 'unconfirmed-invite' }),
    );
    expect(JSON.parse(over.stdout)).toMatchObject({ invites: [] });
  });

  it('status goes on without them if ConsentApi fails', async () => {
    const { name } = await desk.live();
    api.next = () => ({ error: { code: 'unavailable', message: 'Later.', next_step: 'Wait.' } });

    const { exitCode, stdout, stderr } = await run(['status', name]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(name);
    expect(stderr).toContain('The invites could not be read: Later.');
  });

  it('status and audit show who invited', async () => {
    const { name } = await desk.live();
    const inviter = 'arn:aws:iam::000000000000:user/ann';
    desk.writeCredentials(
      name,
      JSON.stringify({
        ...desk.credentials(name),
        authorized_by: { email: 'x@y.example' },
        invited_by: inviter,
      }),
    );

    const text = await run(['status', name]);
    const json = await run(['status', name, '--json']);
    const audit = await run(['audit', '--authorized-by', 'x@y.example']);

    expect(text.stdout).toContain(`x@y.example, invited by ${inviter}`);
    expect(JSON.parse(json.stdout)).toMatchObject({ authorization: { invited_by: inviter } });
    expect(audit.stdout).toContain(`invited by ${inviter}`);
  });

  it('there are none without consent pages', async () => {
    const { name } = await desk.live();
    undeploy();

    const status = await run(['status', name, '--json']);
    const doctor = await run(['doctor', name, '--json']);
    api.deploy();

    expect(JSON.parse(status.stdout)).not.toHaveProperty('invites');
    expect(doctor.stdout).not.toContain('consent-pages');
  });
});

describe('ConsentApi', () => {
  it('that is not deployed is named, with how to switch it on', async () => {
    undeploy();

    const off = [await run(['invite', 'crm-40']), await run(['invites']), await run(['confirm', 'crm-40'])];
    api.deploy();

    for (const { exitCode, stderr } of off) {
      expect(exitCode).toBe(1);
      expect(stderr).toContain('Invites are switched off in the deployment zoho');
      expect(stderr).toContain('the setting consent');
    }
  });

  it.each([
    ['unavailable', 'Try again in a minute'],
    ['not_connected', 'zoho-tokens connect'],
    ['connection_exists', 'Leave out --create'],
    ['not_allowed', 'must name the alias "callers"'],
    ['invalid_request', 'Say what to do.'],
    ['something_new', 'Say what to do.'],
  ])('that refuses with %s is explained', async (code, nextStep) => {
    api.next = () => ({ error: { code, message: `It is ${code}.`, next_step: 'Say what to do.' } });

    const { exitCode, stderr } = await run('invites');

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error: It is ${code}.`);
    expect(stderr).toContain(nextStep);
  });

  it.each<[string, () => unknown, string]>([
    [
      'fails',
      () => {
        throw new TypeError('secret text');
      },
      'failed (TypeError) at list-invites',
    ],
    ['answers nonsense', () => 'nonsense', 'failed at list-invites'],
    [
      'may not be invoked',
      () => {
        throw new LambdaServiceError(403, 'AccessDeniedException');
      },
      'You have no permission for lambda:InvokeFunction',
    ],
  ])('that %s is explained', async (_, answer, message) => {
    api.next = answer;

    const { exitCode, stderr } = await run('invites');

    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret text');
  });
});
