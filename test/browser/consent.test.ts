import type { Browser, Page, Response as PageResponse } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import type { ClientCredentials } from '../../sandbox/zoho/zoho-simulator.ts';
import { applyView, findChromium, NO_CHROMIUM, startChromium, VIEWS } from '../support/chromium.ts';
import { freeRedirectUri } from '../support/consent-visitor.ts';
import { lowContrastTexts, overflowOf, readPage } from '../support/page-facts.ts';
import { type CliRun, runZohoTokens } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const SCOPES = ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'];
const LONGEST_NAME = 'production_customer_relationship_management_of_the_headquarters1';
const MANY_SCOPES = Array.from({ length: 25 }, (_, n) => `ZohoCRM.modules.custom_module_${n}.READ`);
const CONNECTIONS = {
  'crm-prod': { dataCenter: 'eu', scopes: SCOPES },
  [LONGEST_NAME]: { dataCenter: 'eu', scopes: MANY_SCOPES },
} as const;
const NOT_AUTHORIZED = 'Not authorized · Zoho Token Refresher';

const chromium = findChromium();
if (chromium === undefined) {
  console.warn(NO_CHROMIUM);
  it.skip(NO_CHROMIUM);
}

describe.skipIf(chromium === undefined)('authorize, with a user at a browser', () => {
  let browser: Browser;
  let server: SandboxServer<ManualClock>;
  let clock: ManualClock;
  let page: Page;
  let redirectUri: string;
  let client: ClientCredentials;

  beforeAll(async () => {
    browser = await startChromium(chromium ?? '');
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    clock = new ManualClock(START_MS);
    server = await startSandboxServer({ clock, connections: CONNECTIONS });
    for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
    client = server.deployment.zoho.registerClient({ dataCenter: 'eu' });
    redirectUri = await freeRedirectUri();
    page = await browser.newPage();
  });
  afterEach(async () => {
    if (!page.isClosed()) await page.close();
    vi.unstubAllEnvs();
    await server.close();
  });

  describe('Accept', () => {
    it('leads to a page that shows what was stored, and the token is live', async () => {
      const { run } = await openConsentPage();

      const response = await decide('accept');
      const { exitCode, stdout } = await run;

      const token = server.deployment.readToken('crm-prod')?.access_token ?? '';
      expect(response?.status()).toBe(200);
      expect(await readPage(page)).toMatchObject({
        title: 'Authorized · Zoho Token Refresher',
        headings: ['Authorized'],
        facts: { Connection: 'crm-prod', 'Data center': 'eu', Scopes: SCOPES.join(' ') },
      });
      expect(exitCode).toBe(0);
      expect(stdout).toContain('live: crm-prod has a new token, generation 1');
      expect(storedCredentials()).toMatchObject({ client_id: client.clientId, data_center: 'eu' });
      expect(server.deployment.zoho.isValid(token)).toBe(true);
    });

    it("shows and stores the account's own data center", async () => {
      client = server.deployment.zoho.registerClient({
        ...{ dataCenter: 'eu', sharedCredentials: true, accountLocation: 'in' },
      });
      const { run } = await openConsentPage();

      await decide('accept');
      const { exitCode, stderr } = await run;

      expect((await readPage(page)).facts).toMatchObject({ 'Data center': 'in' });
      expect(exitCode).toBe(0);
      expect(stderr).toContain('The Zoho account is in data center in, not eu');
      expect(storedCredentials()).toMatchObject({ data_center: 'in' });
      expect(server.deployment.readToken('crm-prod')).toMatchObject({ data_center: 'in' });
    });

    it('without a refresh token from Zoho shows the next step, and the old credentials stay', async () => {
      const first = await openConsentPage();
      await decide('accept');
      await first.run;
      const before = credentialsText();
      const { run } = await openConsentPage({ rewrite: (url) => url.replace('&prompt=consent', '') });

      const response = await decide('accept');
      const { exitCode, stderr } = await run;

      const { title, text } = await readPage(page);
      expect(response?.status()).toBe(400);
      expect(title).toBe(NOT_AUTHORIZED);
      expect(text).toContain('Zoho returned no refresh token');
      expect(text).toContain('revoke the app at accounts.zoho.eu');
      expect(stderr).toContain('error: Zoho returned no refresh token');
      expect(exitCode).toBe(1);
      expect(credentialsText()).toBe(before);
    });
  });

  it('Reject works from the keyboard; the page says so, and the old credentials stay', async () => {
    server.deployment.authorize('crm-prod');
    const before = credentialsText();
    const { run } = await openConsentPage();

    const focused = [await pressTab(), await pressTab()];
    clock.advance(20_000);
    const [response] = await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    const { exitCode, stderr } = await run;

    expect(focused).toEqual([
      { id: 'accept', outline: 'solid' },
      { id: 'reject', outline: 'solid' },
    ]);
    expect(response?.status()).toBe(400);
    expect(await readPage(page)).toMatchObject({
      title: NOT_AUTHORIZED,
      text: expect.stringContaining('Consent was denied at Zoho (access_denied). Nothing was changed.'),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error: Consent was denied at Zoho');
    expect(credentialsText()).toBe(before);
  });

  it('on another machine ends at a page that cannot be shown, and its address is pasted', async () => {
    await page.route(`${redirectUri}**`, (route) => route.abort('connectionrefused'));
    const startedAtMs = Date.now();

    const { exitCode, stdout, stderr } = await runZohoTokens(
      ['authorize', 'crm-prod', '--no-browser', '--identify', '--redirect-uri', redirectUri],
      {
        clock,
        environment: {
          ...server.environment,
          ZOHO_CLIENT_ID: client.clientId,
          ZOHO_CLIENT_SECRET: client.clientSecret,
        },
        answers: [
          async (shown) => {
            const [link = ''] = /http:\/\/\S*\/oauth\/v2\/auth\?\S*/.exec(shown) ?? [];
            await page.goto(link);
            const ended = page.waitForRequest((request) => request.url().startsWith(redirectUri));
            await page.click('#accept');
            return (await ended).url();
          },
        ],
      },
    );

    expect(stderr).toContain('Please authorize our connection "crm-prod" to Zoho.');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('live: crm-prod has a new token, generation 1');
    expect(storedCredentials()).toMatchObject({
      client_id: client.clientId,
      authorized_by: { zuid: '20100001', email: 'owner@example.com' },
    });
    expect(Date.now() - startedAtMs).toBeLessThan(120_000);
  });

  it('a redirect with another state gets a 404, and the right one is still accepted', async () => {
    const { run, hasEnded } = await openConsentPage();
    const stranger = await browser.newPage();

    const stray = await stranger.goto(`${redirectUri}?code=1000.a.b&location=eu&state=another`);
    const { title } = await readPage(stranger);
    const hadEnded = hasEnded();
    await stranger.close();
    await decide('accept');

    expect(stray?.status()).toBe(404);
    expect(title).toBe('Unexpected request · Zoho Token Refresher');
    expect(hadEnded).toBe(false);
    expect(await run).toMatchObject({ exitCode: 0 });
  });

  it('after the window is closed, the command waits for 15 minutes and changes nothing', async () => {
    server.deployment.authorize('crm-prod');
    const before = credentialsText();
    const { run, hasEnded } = await openConsentPage();

    await page.close();
    clock.advance(15 * MINUTE_MS - 1);
    await fetch(redirectUri);
    const hadEnded = hasEnded();
    clock.advance(1);
    const { exitCode, stderr } = await run;

    expect(hadEnded).toBe(false);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Timed out after 15 minutes waiting for consent. Nothing was changed.');
    expect(credentialsText()).toBe(before);
    await expect(fetch(redirectUri)).rejects.toThrow('fetch failed');
  });

  it.each([
    ['Allow access?', 'Simulated Zoho', undefined],
    ['Authorized', 'Zoho Token Refresher', 'accept'],
    ['Not authorized', 'Zoho Token Refresher', 'reject'],
  ] as const)(
    '"%s" is readable in every view, with the longest names and lists',
    async (heading, site, decision) => {
      const { run } = await openConsentPage({ name: LONGEST_NAME });
      if (decision !== undefined) await decide(decision);

      const problems: string[] = [];
      for (const view of VIEWS) {
        await applyView(page, view);
        const overflow = await overflowOf(page);
        if (overflow > 0) problems.push(`${view.name}: ${overflow} px too wide`);
        problems.push(...(await lowContrastTexts(page)).map((text) => `${view.name}: ${text}`));
      }

      const expected = { language: 'en', mains: 1, headings: [heading], title: `${heading} · ${site}` };
      expect(problems).toEqual([]);
      expect(await readPage(page)).toMatchObject(expected);
      clock.advance(15 * MINUTE_MS);
      await run;
    },
  );

  /** Starts `authorize` and opens the consent page. */
  async function openConsentPage({ name = 'crm-prod', rewrite = (url: string) => url } = {}): Promise<{
    run: Promise<CliRun>;
    hasEnded: () => boolean;
  }> {
    let hasEnded = false;
    let run: Promise<CliRun> | undefined;
    const url = await new Promise<string>((resolve, reject) => {
      run = runZohoTokens(['authorize', name, '--redirect-uri', redirectUri], {
        clock,
        environment: {
          ...server.environment,
          ZOHO_CLIENT_ID: client.clientId,
          ZOHO_CLIENT_SECRET: client.clientSecret,
        },
        openBrowser: async (address) => resolve(address),
      });
      run.then(({ stderr }) => {
        hasEnded = true;
        reject(new Error(`It ended without a browser: ${stderr}`));
      }, reject);
    });
    await page.goto(rewrite(url));
    return { run: run as Promise<CliRun>, hasEnded: () => hasEnded };
  }

  async function decide(decision: 'accept' | 'reject'): Promise<PageResponse | null> {
    const [response] = await Promise.all([page.waitForNavigation(), page.click(`#${decision}`)]);
    return response;
  }

  async function pressTab(): Promise<unknown> {
    await page.keyboard.press('Tab');
    return await page.evaluate(
      '({ id: document.activeElement.id, outline: getComputedStyle(document.activeElement).outlineStyle })',
    );
  }

  function credentialsText(): string {
    return server.deployment.aws.secretsManager.store.currentText('zoho/crm-prod/credentials') ?? '';
  }

  function storedCredentials(): unknown {
    return JSON.parse(credentialsText());
  }
});
