import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium, NO_CHROMIUM, startChromium } from '../support/chromium.ts';
import { readSnippets } from '../support/document-snippets.ts';
import { readPage } from '../support/page-facts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of examples/platform/local.ts. */
const PLATFORM = 'http://localhost:3000';

const chromium = findChromium();
if (chromium === undefined) {
  console.warn(NO_CHROMIUM);
  it.skip(NO_CHROMIUM);
}

describe.skipIf(chromium === undefined)('examples/platform, with users at browsers', () => {
  let browser: Browser;
  let example: ChildProcess;
  let page: Page;

  beforeAll(async () => {
    [browser, example] = await Promise.all([startChromium(chromium ?? ''), startExample()]);
  });
  afterAll(async () => {
    await browser?.close();
    if (example !== undefined) await stop(example);
  });
  beforeEach(async () => {
    page = await (await browser.newContext()).newPage();
  });
  afterEach(() => page.context().close());

  it.each([
    ['Nancy of Northwind Traders', 'eu', 'crm-northwind'],
    ['Frank of Fabrikam', 'us', 'crm-fabrikam'],
  ])(
    '%s connects an account in %s with three clicks, and sees it live',
    async (user, account, connection) => {
      await signIn(user);
      const before = await shownConnection();
      await click('text=Connect Zoho');
      const invite = await readPage(page);
      await click('text=Continue to Zoho');
      await page.selectOption('#account', account);
      await Promise.all([page.waitForURL(`${PLATFORM}/`), page.click('#accept')]);

      expect(before).toBe('Zoho is not connected.');
      expect(invite.text).toContain(connection);
      expect(invite.text).toContain('Read records of the module Leads');
      expect(await shownConnection()).toBe(`Zoho is connected in data center ${account}: 0 leads.`);
    },
  );

  it('a consent is not completed for another user than the one who began it', async () => {
    await signIn('Nancy of Northwind Traders');
    await click('text=Connect Zoho again');
    await click('text=Continue to Zoho');
    const other = await page.context().newPage();
    await other.goto(PLATFORM);
    await other.click('text=Sign out');
    await signIn('Frank of Fabrikam', other);
    await page.click('#accept');
    await page.waitForURL(`${PLATFORM}/zoho/return**`);

    expect((await readPage(page)).text).toContain('Error code: wrong_subject');
  });

  it('a consent cannot be begun by another site', async () => {
    await signIn('Nancy of Northwind Traders');
    await page.route('http://127.0.0.1:9/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${PLATFORM}/zoho/connect"><button>Win a prize</button></form>`,
      }),
    );
    await page.goto('http://127.0.0.1:9/');
    await click('text=Win a prize');

    expect(page.url()).toBe(`${PLATFORM}/`);
  });

  async function signIn(user: string, tab = page): Promise<void> {
    await tab.goto(PLATFORM);
    await Promise.all([tab.waitForNavigation(), tab.click(`text=${user}`)]);
  }

  async function shownConnection(): Promise<string> {
    return await page.innerText('#connection');
  }

  async function click(selector: string): Promise<void> {
    await Promise.all([page.waitForNavigation(), page.click(selector)]);
  }
});

/** Runs the command of examples/README.md, in a process group of its own. */
async function startExample(): Promise<ChildProcess> {
  const { code = '' } =
    readSnippets(new URL('../../examples/README.md', import.meta.url)).get('platform') ?? {};
  const child = spawn(code, {
    cwd: ROOT,
    shell: true,
    detached: true,
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes(PLATFORM)) resolve();
      });
    child.once('close', (exitCode) => reject(new Error(`The example ended (${exitCode}): ${output}`)));
  });
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = once(child, 'close');
  process.kill(-child.pid, 'SIGTERM');
  await ended;
}
