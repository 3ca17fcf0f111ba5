import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { CreatedInvite, InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import { LambdaServiceError } from '../../sandbox/aws/lambda-endpoint.ts';
import { InvitesDesk } from '../support/invites-desk.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import type { CliRunOptions } from '../support/run-zoho-tokens.ts';

const desk = await OperatorDesk.open(undefined, {}, {});
const api = await InvitesDesk.open(desk);
afterAll(async () => {
  await desk.close();
  await api.close();
});
api.addClient('acme-app');

const USER = 'owner@example.com of Example Corp (7005550)';
const ANOTHER = { expect: { email: 'admin@acme.example' } };

const run = (args: string | readonly string[], options: Partial<CliRunOptions> = {}) =>
  desk.run(args, {
    environment: api.environment,
    newState: () => randomBytes(32).toString('base64url'),
    ...options,
  });

/** A declared connection with an open invite. */
async function invited(parameters: object = {}) {
  const name = await desk.pending();
  return { name, ...(await inviteFor(name, parameters)) };
}

/** As the command does, which has tests of its own. */
async function inviteFor(connection: string, parameters: object = {}) {
  const request = { action: 'create-invite', connection, client: 'acme-app', scopes: [SCOPE] };
  return (await api.answer({ ...request, ...parameters })) as CreatedInvite;
}

/** The same once someone has consented who was not expected. */
async function awaiting() {
  const invite = await invited(ANOTHER);
  expect(await api.visit(invite.url)).toMatchObject({ kind: 'received' });
  return invite;
}

async function statusOf(id: string): Promise<InviteView['status']> {
  return ((await api.answer({ action: 'get-invite', id })) as InviteView).status;
}

describe('invite', () => {
  it('prints a message with the link once to stdout, and what to know to stderr', async () => {
    const name = await desk.pending();

    const { stdout, stderr } = await run(['invite', name, '--expect-email', 'admin@acme.example']);

    const [url = ''] = /http:\S+/.exec(stdout) ?? [];
    const [, id = '', secret = ''] = /\/i\/([\w-]{22})\.([\w-]{43})$/.exec(url) ?? [];
    expect(stdout.split(secret)).toHaveLength(2);
    expect(stdout).toContain(`our connection "${name}"`);
    expect(stdout).toContain('sign in at Zoho as admin@acme.example');
    expect(stdout).toContain('The link works until 2026-01-08 09:00 UTC');
    expect(stderr).not.toContain(secret);
    expect(stderr).toContain(`Invite ${id} expires in 3 d`);
    expect(stderr).toContain('must have this redirect URI');
    expect(stderr).toContain(api.consent.redirectUri);
    expect(api.requests.at(-1)).toMatchObject({
      ...{ action: 'create-invite', connection: name, client: 'acme-app', mode: 'direct' },
      ...{
        expect: { email: 'admin@acme.example' },
        principal: expect.stringContaining('arn:aws:') as string,
      },
    });
  });

  it('leads to a token: the administrator needs the link and nothing else', async () => {
    const name = await desk.pending();
    const invite = await run(['invite', name, '--client', 'acme-app', '--identify', '--json']);
    const { id, url } = JSON.parse(invite.stdout) as CreatedInvite;

    const page = await api.visit(url);
    const { stdout } = await run(['invites', name]);
    const status = await run(['status', name]);

    expect(page).toMatchObject({ kind: 'done', token_live: true });
    expect(stdout).toContain('authorized');
    expect(stdout).toContain('consented: owner@example.com');
    expect(status.stdout).toContain('invited by arn:aws:');
    expect(await statusOf(id)).toBe('authorized');
    expect(desk.credentials(name)).toMatchObject({ client: 'acme-app', invite_id: id });
  });

  it('connects a new connection, and passes every option on', async () => {
    const { stdout } = await run([
      ...['invite', 'crm-new', '--create', '--data-center', 'eu', '--scope', SCOPE, '--expires', '24h'],
      ...['--expect-domain', '@example.com', '--expect-org', '7005550', '--label', 'Acme Support', '--json'],
    ]);
    const { url } = JSON.parse(stdout) as CreatedInvite;

    const request = api.requests.at(-1);
    const page = await api.visit(url);

    expect(request).toMatchObject({
      ...{ scopes: [SCOPE], data_center: 'eu', create: true, mode: 'direct', label: 'Acme Support' },
      ...{ expect: { email_domain: 'example.com', org_id: '7005550' }, expires_in_seconds: 86_400 },
    });
    expect(page).toMatchObject({ kind: 'done', connection: 'crm-new', org_name: 'Example Corp' });
    expect((await desk.row('crm-new')).status).toBe('active');
  });

  it('says that anyone with the link can consent, unless that is checked', async () => {
    const name = await desk.pending();
    const unchecked = await run(['invite', name]);
    const checked = await run(['invite', name, '--confirm']);

    expect(unchecked.stderr).toContain('Anyone who has the link can consent');
    expect(checked.stderr).not.toContain('Anyone who has the link');
    expect(checked.stderr).toContain(`zoho-tokens confirm ${name}`);
  });

  it('warns when more links of a client are open than Zoho gives codes in ten minutes', async () => {
    api.addClient('busy-app');
    const name = await desk.pending();
    for (let count = 0; count < 10; count += 1)
      await api.answer({ action: 'create-invite', connection: name, client: 'busy-app', scopes: [SCOPE] });

    const { stderr } = await run(['invite', name, '--client', 'busy-app']);
    await run(['cancel', name, '--all']);

    expect(stderr).toContain('11 invites of the client busy-app are open');
  });

  it('asks for the client if there are several, and the connection has none', async () => {
    const name = await desk.pending();

    const silent = await run(['invite', name]);
    const asked = await run(['invite', name], { answers: ['busy-app'] });

    expect(silent).toMatchObject({ exitCode: 2, stdout: '' });
    expect(silent.stderr).toContain('Use --client with one of: acme-app, busy-app.');
    expect(asked.exitCode).toBe(0);
    expect(api.requests.at(-1)).toMatchObject({ client: 'busy-app' });
  });

  it.each([
    ['a connection that does not exist', 'invite crm-00', 1, 'Did you mean crm-'],
    ['a client that does not exist', 'invite crm-40 --client nothing', 1, 'zoho-tokens client list'],
    ['a duration that is none', 'invite crm-40 --expires 72', 2, 'must be a duration such as 72h'],
    ['an address that is none', 'invite crm-40 --expect-email admin', 2, '--expect-email must be an email'],
    [
      'a new connection that exists',
      `invite crm-01 --client acme-app --create --data-center eu --scope ${SCOPE}`,
      1,
      'Leave out --create',
    ],
  ])('refuses %s', async (_, command, exitCode, message) => {
    const result = await run(command);

    expect(result).toMatchObject({
      ...{ exitCode, stdout: '', stderr: expect.stringContaining(message) as string },
    });
  });
});

describe('invites', () => {
  it('shows who was invited by whom, who consented, and what to do next', async () => {
    const { name, id } = await awaiting();
    const other = await invited({ principal: 'arn:aws:sts::1:assumed-role/Operator/ann', label: 'Acme' });
    desk.clock.advance(120_000);

    const all = await run('invites --all');
    const one = await run(['invites', name]);
    const byId = await run(['invites', '--', id]);
    const json = await run(['invites', name, '--json']);

    const lines = all.stdout.split('\n');
    const lineOf = (text: string) => lines.findIndex((line) => line.includes(text));
    expect(lines[0]).toMatch(/^connection +state +client +invited +link +id$/);
    expect(lineOf(id)).toBeLessThan(lineOf(other.id));
    expect(lines[lineOf(other.id)]).toContain('2 min ago by ann');
    expect(lines[lineOf(other.id) + 1]).toBe('  invited as: Acme');
    expect(one.stdout).toMatch(new RegExp(`^${name} +awaiting +acme-app +\\d+ min ago +- +${id}$`, 'm'));
    expect(one.stdout).toContain('consented: owner@example.com, 2 min ago');
    expect(one.stdout).toContain('mismatch: not the expected email address (admin@acme.example)');
    expect(one.stdout).toMatch(/Run: zoho-tokens confirm .*, or: zoho-tokens reject /);
    expect(byId.stdout).toBe(one.stdout);
    expect(JSON.parse(json.stdout)).toMatchObject({ invites: [{ id, status: 'awaiting' }] });
  });

  it('reads every page', async () => {
    const { id: first } = await invited();
    const { id: second } = await invited();
    const page = async (id: string, next: object) => ({
      invites: [await api.answer({ action: 'get-invite', id })],
      ...next,
    });
    api.next = async () => {
      const answer = await page(first, { next: 'bmV4dA' });
      api.next = () => page(second, {});
      return answer;
    };

    const { stdout } = await run('invites --json');

    const { invites } = JSON.parse(stdout) as { invites: readonly InviteView[] };
    expect(invites.map(({ id }) => id).sort()).toEqual([first, second].sort());
    expect(api.requests.at(-2)).toEqual({ action: 'list-invites', next: 'bmV4dA' });
  });

  it('says that there are none', async () => {
    const { exitCode, stderr } = await run('invites crm-none');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no invite of crm-none');
  });
});

describe('confirm', () => {
  it('says where the account is, if that is not where the declared connection should be', async () => {
    const name = await desk.pending();
    const invite = ['invite', name, '--client', 'acme-app', '--json'];
    const { url } = JSON.parse((await run([...invite, '--data-center', 'in'])).stdout);
    const expected = api.requests.at(-1);
    await api.visit(url);

    const { stdout } = await run(['invites', name]);
    await run(['reject', name, '--confirm', name]);
    await run(invite);

    expect(expected).toMatchObject({ data_center: 'in' });
    expect(stdout).toContain('mismatch: not the expected data center (in; the account is in eu)');
    expect(api.requests.at(-1)).toMatchObject({ data_center: 'eu' });
  });

  it('shows who consented, asks, stores, and waits for the token', async () => {
    const name = await desk.pending();
    const { url, id } = await inviteFor(name, { expect: { org_id: '42' } });
    await api.visit(url);

    const { exitCode, stdout, stderr, questions } = await run(['confirm', name], { answers: [name] });

    expect(stderr).toContain(`consented: ${USER}`);
    expect(stderr).toContain('mismatch: not the expected organization (42)');
    expect(questions[0]).toContain(`will work with the data of ${USER}. Type the name`);
    expect(stdout).toContain(`stored: the credentials of ${name}, client acme-app, data center eu`);
    expect(stdout).toContain(`live: ${name} has a new token, generation 1, valid for 60 min.`);
    expect(exitCode).toBe(0);
    expect(await statusOf(id)).toBe('authorized');
  });

  it('stores nothing if the answer is another name, and nothing without a terminal', async () => {
    const { name, id } = await awaiting();

    const wrong = await run(['confirm', name], { answers: ['other'] });
    const silent = await run(['confirm', name]);
    const option = await run(['confirm', name, '--confirm', 'other']);

    expect([wrong.exitCode, silent.exitCode, option.exitCode]).toEqual([1, 2, 2]);
    expect(silent.stderr).toContain(`Use --confirm ${name}.`);
    expect(await statusOf(id)).toBe('awaiting');
    expect(desk.credentialsText(name)).toBeUndefined();
  });

  it('says what happened if other credentials were stored meanwhile', async () => {
    const { name } = await awaiting();
    desk.deployment.authorize(name);

    const { exitCode, stderr } = await run(['confirm', name, '--confirm', name]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The credentials of ${name} were not stored: the invite is failed`);
    expect(stderr).toContain(`zoho-tokens invite ${name}`);
    expect(desk.credentials(name)).not.toHaveProperty('invite_id');
  });

  it('refuses an invite that does not wait', async () => {
    const { name } = await invited();
    const { exitCode, stderr } = await run(['confirm', name]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`No invite of ${name} waits for confirmation. The newest one is open.`);
    expect(stderr).toContain('Wait for the consent');
  });

  it('asks for an id if two invites of a connection wait', async () => {
    const first = await awaiting();
    const second = await inviteFor(first.name, ANOTHER);
    await api.visit(second.url);

    const { exitCode, stderr } = await run(['confirm', first.name]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`2 invites of ${first.name}`);
    for (const { id } of [first, second]) expect(stderr).toContain(id);
  });

  it('is not interrupted by Ctrl-C while it stores', async () => {
    const { name, id } = await awaiting();
    let interrupt = () => {};

    const { exitCode, stderr } = await run(['confirm', name], {
      onInterruptible: (press) => {
        interrupt = press;
      },
      answers: [
        () => {
          api.next = () => {
            interrupt();
            return api.answer({ action: 'complete-invite', id });
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
    const { name, id } = await awaiting();

    const { exitCode, stdout, stderr } = await run(['reject', name, '--confirm', name]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`rejected: the invite ${id} of ${name}`);
    expect(stderr).toContain('revoked at Zoho');
    expect(await statusOf(id)).toBe('failed');
    expect(desk.credentialsText(name)).toBeUndefined();
  });

  it('cancel withdraws the one open invite, and with --all each of them', async () => {
    const { name, id, url } = await invited();
    const cancelled = await run(['cancel', name]);
    await Promise.all([inviteFor(name), inviteFor(name)]);
    const several = await run(['cancel', name]);
    const all = await run(['cancel', name, '--all']);
    const again = await run(['cancel', name]);

    expect(cancelled.stdout).toBe(`cancelled: the invite ${id} of ${name}\n`);
    expect(several).toMatchObject({ exitCode: 1, stdout: '' });
    expect(all.stdout.match(/cancelled/g)).toHaveLength(2);
    expect(again.stderr).toContain('The newest one is cancelled');
    await expect(api.visit(url)).rejects.toThrow('begin answered removed');
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

  it('disconnect ends the invites of its connection, and goes on if one cannot be ended', async () => {
    const { name } = await desk.connected('acme-invited');
    const waiting = await inviteFor(name, ANOTHER);
    await api.visit(waiting.url);
    const open = await inviteFor(name);
    api.next = () => {
      // Answers the list, and fails at the newest invite.
      const list = api.answer({ action: 'list-invites', connection: name });
      api.next = () => ({ error: { code: 'unavailable', message: 'Later.', next_step: 'Wait.' } });
      return list;
    };

    const { exitCode, stdout, stderr } = await run(['disconnect', name, '--confirm', name]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`rejected: the invite ${waiting.id}`);
    expect(stderr).toContain(`The invite ${open.id} was not ended: Later. Try again: zoho-tokens cancel`);
    expect(stdout).toContain('deletion in 30 days');
    expect(await statusOf(waiting.id)).toBe('failed');
    await expect(api.visit(open.url)).rejects.toThrow('begin answered removed');
  });
});

describe('invites in other commands', () => {
  it('status shows those that are pending, and doctor and audit those that wait for confirmation', async () => {
    const { name } = await awaiting();

    const status = await run(['status', name, '--json']);
    const doctor = await run(['doctor', name, '--json']);
    const audit = await run(['audit', '--json']);
    await run(['reject', name, '--confirm', name]);
    const over = await run(['status', name, '--json']);

    expect(JSON.parse(status.stdout)).toMatchObject({ invites: [{ connection: name, status: 'awaiting' }] });
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

  it('audit shows who invited', async () => {
    const { name } = await desk.live();
    const inviter = 'arn:aws:iam::000000000000:user/ann';
    const authorizedBy = { authorized_by: { email: 'x@y.example' }, invited_by: inviter };
    desk.writeCredentials(name, JSON.stringify({ ...desk.credentials(name), ...authorizedBy }));

    const audit = await run(['audit', '--authorized-by', 'x@y.example']);

    expect(audit.stdout).toContain(`invited by ${inviter}`);
  });

  it('there are none without consent pages', async () => {
    const { name } = await desk.live();
    api.undeploy();

    const status = await run(['status', name, '--json']);
    const doctor = await run(['doctor', name, '--json']);
    api.deploy();

    expect(JSON.parse(status.stdout)).not.toHaveProperty('invites');
    expect(doctor.stdout).not.toContain('consent-pages');
  });
});

describe('ConsentApi', () => {
  it('that is not deployed is named, with how to switch it on', async () => {
    api.undeploy();

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
