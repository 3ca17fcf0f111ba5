import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { disableConnection, reconnect } from '../../lambdas/core/connection/operator-transitions.ts';
import { DeployedConsent, RETURN_URL } from '../support/deployed-consent.ts';
import { HttpVisitor } from '../support/http-visitor.ts';

/**
 * What visitors can do to the running system: the bundles of both functions on Lambda's Node, behind an HTTP API. docs/reliability.md lists
 * the threats and their tests.
 */
let deployed: DeployedConsent;

beforeAll(async () => {
  deployed = await DeployedConsent.start({ returnUrls: [RETURN_URL] });
});
afterAll(() => deployed?.close());

test('the functions run on the version of Node that CI names', async () => {
  const { LAMBDA_NODE } = process.env;
  const version = await deployed.api.nodeVersion();

  expect(version).toMatch(LAMBDA_NODE === undefined ? process.version : /^v24\./);
});

test('one link and two clicks lead to a live token', async () => {
  const { url, id, connection } = await deployed.invite({ identify: true });
  const admin = new HttpVisitor();

  const shown = await admin.open(url);
  const done = await admin.open(await admin.decide(await admin.begin(url)));

  expect([shown.title, done.title]).toEqual(['Access to your Zoho account', 'Connected']);
  expect(await deployed.invites.get(id)).toMatchObject({ status: 'authorized', tokenLive: true });
  expect(deployed.server.deployment.readToken(connection)).toMatchObject({ generation: 1 });
});

describe('someone begins a consent, and another person finishes it', () => {
  test('in another browser: nothing is exchanged, and the first browser can go on', async () => {
    const { url, clientId, connection } = await deployed.invite();
    const attacker = new HttpVisitor();
    const back = await attacker.arrive(url);
    const victim = new HttpVisitor();
    await victim.open((await deployed.invite()).url);

    expect(await victim.open(back)).toMatchObject({ status: 403, title: 'Another browser' });
    expect(await new HttpVisitor().open(back)).toMatchObject({ status: 403, title: 'Another browser' });
    expect(deployed.exchangesOf(clientId)).toBe(0);
    expect(deployed.credentials(connection)).toBeUndefined();
    expect(await attacker.open(back)).toMatchObject({ status: 200, title: 'Connected' });
  });

  test('with a state that was never given: it is the page of an unknown invite', async () => {
    const { url } = await deployed.invite();
    const visitor = new HttpVisitor();
    const forged = new URL(await visitor.arrive(url));
    forged.searchParams.set('state', 'A'.repeat(43));

    expect(await visitor.open(forged.href)).toMatchObject({ status: 404, title: 'Not found' });
  });
});

describe('an answer of Zoho that comes more than once', () => {
  test('in two tabs at once, with a code each: one is exchanged', async () => {
    const { url, clientId } = await deployed.invite();
    const visitor = new HttpVisitor();
    const [one, two] = [await visitor.arrive(url), await visitor.arrive(url)];

    const pages = await Promise.all([visitor.open(one), visitor.open(two)]);

    expect(deployed.exchangesOf(clientId)).toBe(1);
    expect(pages.filter(({ title }) => title === 'Connected')).toHaveLength(1);
    const again = [await visitor.open(one), await visitor.open(two)];
    expect(again.map(({ title }) => title).sort()).toEqual(['Already used', 'Connected']);
  });

  test('the same one four times at once, back and reload: one exchange, and the same page', async () => {
    const { url, clientId } = await deployed.invite();
    const visitor = new HttpVisitor();
    const back = await visitor.arrive(url);

    await Promise.all([visitor.open(back), visitor.open(back), visitor.open(back), visitor.open(back)]);

    expect(await visitor.open(back)).toMatchObject({ status: 200, title: 'Connected' });
    expect(await visitor.open(url)).toMatchObject({ status: 410, title: 'Already used' });
    expect(deployed.exchangesOf(clientId)).toBe(1);
  });

  test('of the first tab, after a second tab was opened: one cookie serves both', async () => {
    const { url } = await deployed.invite();
    const visitor = new HttpVisitor();
    const first = await visitor.arrive(url);
    const { cookie } = visitor;
    await visitor.open(url);
    await visitor.begin(url);

    expect(visitor.cookie).toBe(cookie);
    expect(await visitor.open(first)).toMatchObject({ title: 'Connected' });
  });
});

describe('a link', () => {
  test('is not used up by scanners of mail that open it and submit its form', async () => {
    const { url } = await deployed.invite();
    for (let times = 0; times < 5; times += 1) {
      const scanner = new HttpVisitor();
      await scanner.open(url);
      await scanner.submit(url);
    }

    expect(await new HttpVisitor().consent(url)).toMatchObject({ title: 'Connected' });
  });

  test('leads to Zoho twenty times in an hour, whoever asks', async () => {
    const { url } = await deployed.invite();
    const answers = [];
    for (let times = 0; times < 21; times += 1) answers.push((await new HttpVisitor().submit(url)).status);

    expect(answers).toEqual([...Array.from({ length: 20 }, () => 303), 429]);
    deployed.advance(3_600_000);
    expect(await new HttpVisitor().submit(url)).toMatchObject({ status: 303 });
  });

  test('that is guessed, or wrong in its second half, or for another deployment, is always the same 404', async () => {
    const { url } = await deployed.invite();
    const visitor = new HttpVisitor();
    const [head, secret] = [url.slice(0, -43), url.slice(-43)];
    const guesses = [
      `${head}${secret.replace(/^./, secret.startsWith('A') ? 'B' : 'A')}`,
      url.replace(/\/i\/[\w-]{22}\./, `/i/${'x'.repeat(22)}.`),
      `${url}x`,
      url.replace('/i/', '/i/%00'),
    ];

    const pages = await Promise.all(guesses.map((guess) => visitor.open(guess)));
    const sent = await Promise.all(guesses.map((guess) => visitor.submit(guess)));

    for (const page of [...pages, ...sent]) {
      expect(page).toMatchObject({ status: 404, title: 'Not found' });
      expect(page.html).toBe(pages[0]?.html);
    }
    expect(visitor.cookie).toBeUndefined();
  });

  test('whose form was sent by a page of another site begins nothing', async () => {
    const { url } = await deployed.invite();

    for (const site of ['cross-site', 'same-site'])
      expect(await new HttpVisitor().submit(url, site)).toMatchObject({ status: 403, title: 'Not started' });
  });

  test('that was cancelled or has expired is over, also for those who are at Zoho', async () => {
    const cancelled = await deployed.invite();
    const short = await deployed.invite({ expiresInSeconds: 60 });
    const visitor = new HttpVisitor();
    const [one, two] = [await visitor.arrive(cancelled.url), await visitor.arrive(short.url)];
    await deployed.invites.cancel(cancelled.id);
    deployed.advance(60_000);

    expect(await visitor.open(one)).toMatchObject({ status: 410, title: 'Withdrawn' });
    expect(await visitor.open(two)).toMatchObject({ status: 410, title: 'Expired' });
    expect(await visitor.open(short.url)).toMatchObject({ status: 410, title: 'Expired' });
    expect(deployed.exchangesOf(cancelled.clientId) + deployed.exchangesOf(short.clientId)).toBe(0);
  });

  test('of a connection that was disconnected meanwhile, or connected anew, is over', async () => {
    const { url, connection, client, clientId } = await deployed.invite();
    await new HttpVisitor().consent(url);
    const again = await deployed.invites.create({ connection, client });
    const visitor = new HttpVisitor();
    const back = await visitor.arrive(again.url);
    const before = deployed.credentials(connection);
    await deployed.changeRow(connection, (row, nowMs) => disableConnection(row, 'disconnected', nowMs));

    expect(await visitor.open(back)).toMatchObject({ status: 410, title: 'Withdrawn' });
    await deployed.changeRow(connection, (row, nowMs) => reconnect(row, 'connected', nowMs));
    expect(await visitor.open(back)).toMatchObject({ status: 410, title: 'Withdrawn' });
    expect(await visitor.open(again.url)).toMatchObject({ status: 410, title: 'Withdrawn' });
    expect(deployed.exchangesOf(clientId)).toBe(1);
    expect(deployed.credentials(connection)).toEqual(before);
  });
});

test('no page can be framed, kept, indexed or given a script, and no address leaves it', async () => {
  const { url } = await deployed.invite();
  const visitor = new HttpVisitor();
  const pages = [
    await visitor.open(url),
    await visitor.submit(url),
    await visitor.submit(url, 'cross-site'),
    await visitor.consent(url),
    await visitor.open(`${url}x`),
  ];

  for (const { headers, html } of pages) {
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('form-action');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-robots-tag')).toContain('noindex');
    expect(html).not.toMatch(/<script|\son\w+=|https?:\/\/(?!accounts\.zoho)/);
  }
  expect(pages[0]?.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-zoho-consent=[\w-]{43}; Path=\/; .*Secure.*HttpOnly.*SameSite=Lax/),
  ]);
});
