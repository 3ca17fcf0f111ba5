import { createServer } from 'node:http';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { consentElsewhere, freeRedirectUri } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import type { CliRunOptions } from '../support/run-zoho-tokens.ts';
import { START_MS } from '../support/sandbox.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

type Client = ReturnType<OperatorDesk['client']>;

/** An operator without a browser and an administrator elsewhere, who sends back where the browser ended. */
async function authorizeByChat(
  name: string,
  {
    args = ['--no-browser'],
    client = desk.client(),
    paste = (shown: string) => consentElsewhere(shown),
    redirectUri,
    ...options
  }: {
    args?: readonly string[];
    client?: Client;
    paste?: (shown: string) => Promise<string> | string;
    redirectUri?: string;
  } & Partial<CliRunOptions> = {},
) {
  const uri = redirectUri ?? (await freeRedirectUri());
  const isPiped = args.includes('--redirected');
  const run = await desk.run(['authorize', name, '--redirect-uri', uri, ...args], {
    environment: desk.with(client),
    ...(isPiped ? { stdin: paste } : { answers: [paste] }),
    ...options,
  });
  return { ...run, client, uri };
}

describe('an address that is pasted', () => {
  it('is exchanged, stored, and a token is live; the message to send names all that the other person needs', async () => {
    const name = await desk.pending();

    const { exitCode, stdout, stderr, questions, uri, client } = await authorizeByChat(name);

    expect({ exitCode, questions }).toEqual({
      exitCode: 0,
      questions: [expect.stringContaining('its code lives one to three minutes')],
    });
    expect(stdout).toContain(`live: ${name} has a new token, generation 1`);
    expect(desk.credentials(name).client_id).toBe(client.clientId);
    for (const text of [
      `"${name}"`,
      SCOPE,
      'accounts.zoho.eu',
      `${uri}?`,
      'not a sandbox',
      '/oauth/v2/auth?',
    ])
      expect(stderr).toContain(text);
    expect(stderr).toContain(`ssh -N -L ${new URL(uri).port}:127.0.0.1:${new URL(uri).port} THIS_MACHINE`);
  });

  it('is accepted where no browser can be started, and as one line on stdin without a terminal', async () => {
    const [first, second] = [await desk.pending(), await desk.pending()];

    const runs = [
      await authorizeByChat(first, { args: [] }),
      await authorizeByChat(second, { args: ['--redirected', '-'] }),
    ];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(runs[1]?.stderr).not.toContain('code=');
  });

  it('is all that is needed when the port of the listener is taken', async () => {
    const redirectUri = await freeRedirectUri();
    const other = createServer().listen(Number(new URL(redirectUri).port), '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const opened: string[] = [];

    const { exitCode, stderr } = await authorizeByChat(await desk.pending(), {
      ...{ redirectUri, args: [] },
      openBrowser: async (url) => void opened.push(url),
    });

    expect(exitCode).toBe(0);
    expect(opened).toHaveLength(1);
    expect(stderr).toContain('is in use. Going on without it: paste the address at the end.');
  });

  it('names the machine for ssh as it was reached', async () => {
    const client = desk.client();
    const environment = { ...desk.with(client), SSH_CONNECTION: '192.0.2.1 50000 192.0.2.9 22' };

    const { stderr } = await authorizeByChat(await desk.pending(), { client, environment });

    expect(stderr).toMatch(/ssh -N -L \d+:127\.0\.0\.1:\d+ 192\.0\.2\.9$/m);
  });

  it('cannot be waited for without a terminal: the command fails at once with the next step', async () => {
    const { exitCode, stderr } = await authorizeByChat(await desk.pending(), { answers: undefined as never });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('--redirected -');
  });

  it('is not asked for where no browser can be started and there is no terminal', async () => {
    const { exitCode, stderr } = await authorizeByChat(await desk.pending(), {
      ...{ args: [], answers: undefined as never },
      openBrowser: () => Promise.reject(new Error('spawn xdg-open ENOENT')),
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('--redirected -');
    expect(stderr).not.toContain('Open the address yourself');
  });

  it('is never an argument', async () => {
    const { exitCode, stderr } = await authorizeByChat(await desk.pending(), {
      args: ['--redirected', 'http://localhost:8400/callback?code=1000.a.b'],
    });

    expect(exitCode).toBe(2);
    expect(stderr).not.toContain('1000.a.b');
  });
});

describe('the old credentials stand after', () => {
  const twice: { code?: string } = {};
  const setParameter = (href: string, name: string, value: string) => {
    const url = new URL(href);
    url.searchParams.set(name, value);
    return url.href;
  };
  const FAILURES: Readonly<Record<string, [RegExp, (shown: string) => Promise<string> | string]>> = {
    'a text that is no address': [/not an address \(value omitted\)/, () => 'I pressed Accept'],
    'the address of the consent page': [
      /consent was not given there yet/,
      () => 'https://accounts.zoho.eu/oauth/v2/auth?state=x',
    ],
    'an address of another site': [
      /not that of the redirect URI/,
      () => 'https://example.com/callback?code=1',
    ],
    'an address without an answer': [
      /has no answer of Zoho/,
      async (shown) => (await consentElsewhere(shown)).replace(/\?.*/, ''),
    ],
    'the address of another connection': [
      /belongs to another authorization, of another connection or an earlier attempt/,
      async (shown) => setParameter(await consentElsewhere(shown), 'state', 'another'),
    ],
    'a consent that was denied': [
      /Consent was denied at Zoho.*\n.*If no one rejected it: Zoho gives a client 10 codes/,
      (shown) => {
        desk.clock.advance(20_000);
        return consentElsewhere(shown, 'reject');
      },
    ],
    'an expired code': [
      /A code expires after one to three minutes/,
      async (shown) => {
        const address = await consentElsewhere(shown);
        desk.clock.advance(121_000);
        return address;
      },
    ],
    'a used code': [
      /works once/,
      async (shown) => setParameter(await consentElsewhere(shown), 'code', twice.code ?? ''),
    ],
    "another client's code": [
      /only for the client/,
      async (shown) => {
        const { clientId } = desk.client();
        const code = desk.zoho.issueCode({ clientId, dataCenter: 'eu', scope: SCOPE });
        return setParameter(await consentElsewhere(shown), 'code', code);
      },
    ],
  };

  it.each(Object.entries(FAILURES))('%s', async (_, [says, paste]) => {
    const used = await authorizeByChat(await desk.pending(), {
      paste: async (shown) => {
        const address = await consentElsewhere(shown);
        twice.code = new URL(address).searchParams.get('code') ?? '';
        return address;
      },
    });
    const { name } = await desk.live();
    const before = desk.credentialsText(name);

    const { exitCode, stderr } = await authorizeByChat(name, { args: ['--redirected', '-'], paste });

    expect([used.exitCode, exitCode]).toEqual([0, 1]);
    expect(stderr).toMatch(says);
    expect(stderr).toContain('Nothing was changed');
    expect(stderr).not.toContain(twice.code);
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('a user without an organization in the product: the advice names the products', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    signIn({ hasNoOrganization: true });

    const { exitCode, stderr } = await authorizeByChat(name, { args: ['--redirected', '-'] });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('has no organization in ZohoCRM (no_org). Nothing was changed.');
    expect(stderr).toContain('Sign out at Zoho and start again as a user of the organization');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('more codes than Zoho gives a client: the advice is to wait, because no person denies so soon', async () => {
    const client = desk.client();
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const options = { client, args: ['--redirected', '-'] };
    const pages = Array.from({ length: 10 }, () => authorizeByChat(name, { ...options, paste: discard }));
    await Promise.all(pages);

    const { exitCode, stderr } = await authorizeByChat(name, options);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('sooner than a person can decide');
    expect(stderr).toContain('10 codes in 10 minutes');
    expect(desk.credentialsText(name)).toBe(before);
  });

  function signIn(kind: { hasNoOrganization?: boolean }): void {
    const owner = {
      user: 'owner',
      zuid: 20_100_001,
      email: 'owner@example.com',
      organization: { id: '7005550', name: 'Example Corp' },
    };
    desk.zoho.signIn({ ...owner, ...kind });
    onTestFinished(() => desk.zoho.signIn(owner));
  }

  /** Uses up a code of the client. */
  async function discard(shown: string): Promise<string> {
    await consentElsewhere(shown);
    return 'lost';
  }
});

it('times out after an hour: a person elsewhere needs longer than one at the keyboard', async () => {
  const started = desk.clock.now();

  const { exitCode, stderr } = await authorizeByChat(await desk.pending(), {
    paste: () => {
      desk.clock.advance(60 * 60_000);
      return new Promise(() => {});
    },
  });

  expect(exitCode).toBe(1);
  expect(stderr).toContain('Timed out after 60 minutes waiting for consent.');
  expect(started).toBeGreaterThanOrEqual(START_MS);
});
