import type { Browser, Page, Response as PageResponse } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import type { ClientCredentials } from '../../sandbox/zoho/zoho-simulator.ts';
import {
  findChromium,
  LOOKS,
  lookAt,
  NO_CHROMIUM,
  startChromium,
  takePictures,
} from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { faintTexts, overflowOf, readPage } from '../support/page-facts.ts';
import { type CliRun, runZohoTokens } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const SCOPES = ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'];
const LONGEST_NAME = 'production_customer_relationship_management_of_the_headquarters1';
const MANY_SCOPES = Array.from({ length: 25 }, (_, n) => `ZohoCRM.modules.custom_module_${n}.READ`);
const CONNECTIONS = {
  'crm-prod': { dataCenter: 'eu', scopes: SCOPES },
  [LONGEST_NAME]: { dataCenter: 'eu', scopes: MANY_SCOPES },
} as const;

const chromium = findChromium();
if (chromium === undefined) {
  console.warn(NO_CHROMIUM);
  it.skip(NO_CHROMIUM);
}

describe.skipIf(chromium === undefined)('authorize, with a person at a browser', () => {
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
    redirectUri = `http://localhost:${await freePort()}/callback`;
    page = await browser.newPage();
  });
  afterEach(async () => {
    if (!page.isClosed()) await page.close();
    vi.unstubAllEnvs();
    await server.close();
  });

  describe('Accept', () => {
    it('leads to a page that says what was stored, and the token is live', async () => {
      const { run } = await openConsentPage();
      await takePictures(page, 'consent');

      const response = await decide('accept');
      const { exitCode, stdout } = await run;

      expect(response?.status()).toBe(200);
      expect(await readPage(page)).toMatchObject({
        title: 'Authorized · Zoho Token Refresher',
        headings: ['Authorized'],
        facts: { Connection: 'crm-prod', 'Data center': 'eu', Scopes: SCOPES.join(' ') },
      });
      expect(exitCode).toBe(0);
      expect(stdout).toContain('live: crm-prod has a new token, generation 1');
      expect(storedCredentials()).toMatchObject({ client_id: client.clientId, data_center: 'eu' });
      expect(
        server.deployment.zoho.isValid(server.deployment.readToken('crm-prod')?.access_token ?? ''),
      ).toBe(true);
      await takePictures(page, 'authorized');
    });

    it('of an account in another data center: the page and the credentials say that one', async () => {
      client = server.deployment.zoho.registerClient({
        ...{ dataCenter: 'eu', sharedCredentials: true, accountLocation: 'in' },
      });
      const { run } = await openConsentPage();

      await decide('accept');
      const { exitCode, stderr } = await run;

      expect((await readPage(page)).facts).toMatchObject({ 'Data center': 'in' });
      expect(exitCode).toBe(0);
      expect(stderr).toContain('The account lives in in, not in eu');
      expect(storedCredentials()).toMatchObject({ data_center: 'in' });
      expect(server.deployment.readToken('crm-prod')).toMatchObject({ data_center: 'in' });
    });

    it('and a window that is closed before the page comes: it is stored all the same', async () => {
      const { run } = await openConsentPage();
      const exchange = server.deployment.zoho.holdNextCall();

      // Not by puppeteer's click: it ends with a call of the page, which Chromium answers after the navigation only.
      await page.evaluate("document.querySelector('#accept').click()");
      await exchange.received;
      await page.close();
      exchange.release();
      const { exitCode, stdout } = await run;

      expect(exitCode).toBe(0);
      expect(stdout).toContain('live: crm-prod has a new token');
    });

    it('without a refresh token from Zoho: the page says what to do, the old credentials stand', async () => {
      const first = await openConsentPage();
      await decide('accept');
      await first.run;
      const before = credentialsText();
      const { run } = await openConsentPage({ rewrite: (url) => url.replace('&prompt=consent', '') });

      const response = await decide('accept');
      const { exitCode, stderr } = await run;

      const { title, text } = await readPage(page);
      expect(response?.status()).toBe(400);
      expect(title).toBe('Not authorized · Zoho Token Refresher');
      expect(text).toContain('Zoho gave no refresh token');
      expect(text).toContain('revoke the app at accounts.zoho.eu');
      expect(stderr).toContain('error: Zoho gave no refresh token');
      expect(exitCode).toBe(1);
      expect(credentialsText()).toBe(before);
      await takePictures(page, 'no-refresh-token');
    });
  });

  describe('Reject', () => {
    it('works from the keyboard; the page says so, and the old credentials stand', async () => {
      server.deployment.authorize('crm-prod');
      const before = credentialsText();
      const { run } = await openConsentPage();

      const focused = [await pressTab(), await pressTab()];
      const [response] = await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      const { exitCode, stderr } = await run;

      expect(focused).toEqual([
        { id: 'accept', outline: 'solid' },
        { id: 'reject', outline: 'solid' },
      ]);
      expect(response?.status()).toBe(400);
      expect(await readPage(page)).toMatchObject({
        title: 'Not authorized · Zoho Token Refresher',
        text: expect.stringContaining('The consent was denied at Zoho. Nothing was changed.'),
      });
      expect(exitCode).toBe(1);
      expect(stderr).toContain('error: The consent was denied at Zoho.');
      expect(credentialsText()).toBe(before);
      await takePictures(page, 'denied');
    });
  });

  describe('neither', () => {
    it('an answer with another state gets a 404, and the right one is still taken', async () => {
      const { run, hasEnded } = await openConsentPage();
      const stranger = await browser.newPage();

      const stray = await stranger.goto(`${redirectUri}?code=1000.a.b&location=eu&state=of-somebody-else`);
      const seen = await readPage(stranger);
      const hadEnded = hasEnded();
      await takePictures(stranger, 'stray');
      await stranger.close();
      await decide('accept');

      expect(stray?.status()).toBe(404);
      expect(seen).toMatchObject({ title: 'Not what was waited for · Zoho Token Refresher' });
      expect(hadEnded).toBe(false);
      expect(await run).toMatchObject({ exitCode: 0 });
    });

    it('a window that is closed is waited for, 15 minutes; then nothing has changed', async () => {
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
      expect(stderr).toContain('Nobody came back from the consent page in 15 minutes. Nothing was changed.');
      expect(credentialsText()).toBe(before);
      await expect(fetch(redirectUri)).rejects.toThrow('fetch failed');
    });
  });

  describe('every page', () => {
    it.each([
      ['the consent', 'Allow access? · Simulated Zoho', 'Allow access?', 'long-consent', async () => {}],
      [
        'the authorization',
        'Authorized · Zoho Token Refresher',
        'Authorized',
        'long-authorized',
        async () => void (await decide('accept')),
      ],
      [
        'the refusal',
        'Not authorized · Zoho Token Refresher',
        'Not authorized',
        'long-denied',
        async () => void (await decide('reject')),
      ],
    ])(
      '%s can be read by anybody, however long its names and lists',
      async (_, title, heading, picture, act) => {
        const { run } = await openConsentPage({ name: LONGEST_NAME });
        await act();

        const faults: string[] = [];
        for (const way of LOOKS) {
          await lookAt(page, way);
          const [overflow, faint] = [await overflowOf(page), await faintTexts(page)];
          if (overflow > 0) faults.push(`${way.look}: ${overflow} px too wide`);
          faults.push(...faint.map((text) => `${way.look}: ${text}`));
        }

        const { language, headings, mains, ...seen } = await readPage(page);
        expect(faults).toEqual([]);
        expect({ language, mains, headings }).toEqual({ language: 'en', mains: 1, headings: [heading] });
        expect(seen.title).toBe(title);
        await takePictures(page, picture);
        clock.advance(15 * MINUTE_MS);
        await run;
      },
    );
  });

  /** Starts `authorize` and goes where it sends the person. */
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
