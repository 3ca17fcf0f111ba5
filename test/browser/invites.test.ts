import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium, NO_CHROMIUM, startChromium } from '../support/chromium.ts';
import { InvitesSite } from '../support/invites-site.ts';
import { readPage } from '../support/page-facts.ts';

const chromium = findChromium();
if (chromium === undefined) {
  console.warn(NO_CHROMIUM);
  it.skip(NO_CHROMIUM);
}

describe.skipIf(chromium === undefined)('an invite, with an administrator at a browser', () => {
  let browser: Browser;
  let site: InvitesSite;
  let context: BrowserContext;
  let page: Page;
  /** Of the connection and the client, which every test has for itself: Zoho counts codes by client. */
  let count = 0;
  let connection: string;
  let id: string;
  let link: string;

  beforeAll(async () => {
    [browser, site] = await Promise.all([startChromium(chromium ?? ''), InvitesSite.start()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  beforeEach(async () => {
    count += 1;
    connection = `crm-${count}`;
    const invite = await site.invite({
      ...{ connection, client: site.addClient(`client-${count}`), label: 'Jo' },
    });
    ({ id, url: link } = invite);
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(() => context.close());

  it('leads from the link to a live token with two more clicks', async () => {
    const exchangesBefore = site.exchanges;

    await page.goto(link);
    const { headings } = await readPage(page);
    await click('button');
    await click('#accept');

    expect(headings).toEqual(['Acme Reports asks for access to your Zoho account']);
    expect(await readPage(page)).toMatchObject({
      title: 'Connected · Acme Reports',
      facts: { 'Zoho user': 'owner@example.com', Reference: connection },
      text: expect.stringContaining('The access works. You can close this page.'),
    });
    expect(site.server.deployment.readToken(connection)).toBeDefined();
    expect(await site.invites.get(id)).toMatchObject({ status: 'authorized', tokenLive: true });
    expect(site.exchanges - exchangesBefore).toBe(1);
  });

  it('sets one cookie, which Chromium accepts at http://localhost and no page can read', async () => {
    await page.goto(link);

    expect(await context.cookies()).toEqual([
      expect.objectContaining({
        name: '__Host-zoho-consent',
        ...{ domain: 'localhost', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' },
      }),
    ]);
    expect(await page.evaluate('document.cookie')).toBe('');
  });

  it('works from the keyboard alone', async () => {
    await page.goto(link);
    await page.keyboard.press('Tab');
    await Promise.all([page.waitForURL(/\/oauth\/v2\/auth/), page.keyboard.press('Enter')]);
    await page.keyboard.press('Tab');
    await Promise.all([page.waitForURL(/\/callback/), page.keyboard.press('Enter')]);

    expect((await readPage(page)).title).toBe('Connected · Acme Reports');
  });

  it('shows the result again after a reload, and that it is used after going back', async () => {
    const exchangesBefore = site.exchanges;
    await page.goto(link);
    await click('button');
    await click('#accept');

    await page.reload();
    const reloaded = await readPage(page);
    await page.goto(link);
    const invited = await readPage(page);

    expect(reloaded.title).toBe('Connected · Acme Reports');
    expect(invited.title).toBe('Already used · Acme Reports');
    expect(site.exchanges - exchangesBefore).toBe(1);
  });

  it('is continued from the consent page that the browser went back to', async () => {
    await page.goto(link);
    await click('button');
    await page.goBack();
    await click('button');
    await click('#accept');

    expect((await readPage(page)).title).toBe('Connected · Acme Reports');
  });

  it('in two tabs is completed once, by the tab that answers first', async () => {
    const exchangesBefore = site.exchanges;
    const other = await context.newPage();
    for (const tab of [page, other]) {
      await tab.goto(link);
      await click('button', tab);
    }

    await click('#accept');
    await click('#accept', other);

    expect((await readPage(page)).title).toBe('Connected · Acme Reports');
    expect((await readPage(other)).title).toBe('Already used · Acme Reports');
    expect(site.exchanges - exchangesBefore).toBe(1);
  });

  it('in two tabs that answer at once is completed once', async () => {
    const exchangesBefore = site.exchanges;
    const other = await context.newPage();
    for (const tab of [page, other]) {
      await tab.goto(link);
      await click('button', tab);
    }

    await Promise.all([click('#accept'), click('#accept', other)]);

    const titles = [(await readPage(page)).title, (await readPage(other)).title];
    expect(titles).toContain('Connected · Acme Reports');
    expect(site.exchanges - exchangesBefore).toBe(1);
    expect(await site.invites.get(id)).toMatchObject({ status: 'authorized' });
  });

  it('is not completed in another browser than the one that began, which can still complete it', async () => {
    await page.goto(link);
    await click('button');
    const url = await acceptedAt(page.url());
    const stranger = await (await browser.newContext()).newPage();

    const response = await stranger.goto(url);
    const { title } = await readPage(stranger);
    await stranger.context().close();
    const stored = site.credentials(connection);
    await page.goto(url);

    expect(response?.status()).toBe(403);
    expect(title).toBe('Another browser · Acme Reports');
    expect(stored).toBeUndefined();
    expect((await readPage(page)).title).toBe('Connected · Acme Reports');
  });

  it('is not used up by a scanner that sends the form, nor by one that follows every link', async () => {
    const scanned = await fetch(link, { method: 'POST', redirect: 'manual' });
    const followed = await fetch(scanned.headers.get('location') ?? '');
    await followed.text();
    await fetch(link);

    await page.goto(link);
    await click('button');
    await click('#accept');

    expect(scanned.status).toBe(303);
    expect((await readPage(page)).title).toBe('Connected · Acme Reports');
  });

  it('does not begin from a form of another site', async () => {
    await page.route('http://127.0.0.1:9/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${link}"><button>Win a prize</button></form>`,
      }),
    );
    await page.goto('http://127.0.0.1:9/');

    await click('button');

    expect((await readPage(page)).title).toBe('Not started · Acme Reports');
    expect(page.url()).toBe(link);
  });

  it('can be accepted after it was refused', async () => {
    await page.goto(link);
    await click('button');
    site.server.deployment.clock.advance(30_000);
    await click('#reject');
    const refused = await readPage(page);
    await page.goto(link);
    await click('button');
    await click('#accept');

    expect(refused.title).toBe('Not allowed · Acme Reports');
    expect((await readPage(page)).title).toBe('Connected · Acme Reports');
  });

  it('that was withdrawn or never existed says so', async () => {
    await site.invites.cancel(id);
    const withdrawn = await visit(link);
    const unknown = await visit(`${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`);

    expect(withdrawn).toEqual([410, 'Withdrawn · Acme Reports']);
    expect(unknown).toEqual([404, 'Not found · Acme Reports']);
  });

  async function visit(url: string): Promise<[number | undefined, string]> {
    const response = await page.goto(url);
    return [response?.status(), (await readPage(page)).title];
  }

  async function click(selector: string, tab = page): Promise<void> {
    await Promise.all([tab.waitForNavigation(), tab.click(selector)]);
  }

  /** The address to which Zoho sends the browser, which does not follow. */
  async function acceptedAt(consentPage: string): Promise<string> {
    const body = new URLSearchParams({ decision: 'accept' });
    const response = await fetch(consentPage, { method: 'POST', body, redirect: 'manual' });
    return response.headers.get('location') ?? '';
  }
});
