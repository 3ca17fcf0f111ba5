import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { applyView, findChromium, NO_CHROMIUM, startChromium, VIEWS } from './chromium.ts';
import { ALL_PAGES, showSample } from './consent-page-samples.ts';
import { imageAt } from './pictures.ts';

const USAGE = 'Usage: npm run pictures [-- --all FOLDER]';

/** The pictures of the documentation. Fonts differ between machines, so no test compares them. */
const DOCUMENTED = ['invite', 'done'] as const;
const DOCUMENTED_WIDTH = 720;

/** Takes the pictures of the documentation; with `--all FOLDER`, every page in every view, to look at them. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { all: { type: 'string' } } });
  const chromium = findChromium();
  if (chromium === undefined) {
    process.stderr.write(`${NO_CHROMIUM}\n${USAGE}\n`);
    return 1;
  }
  const browser = await startChromium(chromium);
  try {
    await (values.all === undefined ? takeDocumented(browser) : takeAll(browser, values.all));
  } finally {
    await browser.close();
  }
  return 0;
}

async function takeDocumented(browser: Browser): Promise<void> {
  const page = await browser.newPage();
  for (const name of DOCUMENTED) {
    await showSample(page, name);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: DOCUMENTED_WIDTH, height: 100 });
      writeFileSync(imageAt(`page-${name}-${scheme}.png`), await photograph(page));
    }
  }
}

async function takeAll(browser: Browser, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const page = await browser.newPage();
  for (const name of Object.keys(ALL_PAGES)) {
    await showSample(page, name);
    for (const view of VIEWS) {
      await applyView(page, view);
      writeFileSync(join(folder, `${name}-${view.name}.png`), await photograph(page));
    }
  }
}

async function photograph(page: Page): Promise<Buffer> {
  return await page.screenshot({ fullPage: true });
}

await exitWhenFlushed(await main());
