import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyView, findChromium, NO_CHROMIUM, startChromium, VIEWS } from '../support/chromium.ts';
import { ALL_PAGES, answerSample, SAMPLE_BRAND, showSample } from '../support/consent-page-samples.ts';
import { lowContrastTexts, overflowOf, readPage } from '../support/page-facts.ts';

const chromium = findChromium();
if (chromium === undefined) {
  console.warn(NO_CHROMIUM);
  it.skip(NO_CHROMIUM);
}

describe.skipIf(chromium === undefined)('the pages of the invites, in a browser', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await startChromium(chromium ?? '');
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(() => browser?.close());

  it.each(Object.keys(ALL_PAGES))('%s is readable in every view, down to 320 px', async (name) => {
    complaints.length = 0;
    await showSample(page, name);

    const problems: string[] = [];
    for (const view of VIEWS) {
      await applyView(page, view);
      const overflow = await overflowOf(page);
      if (overflow > 0) problems.push(`${view.name}: ${overflow} px too wide`);
      problems.push(...(await lowContrastTexts(page)).map((text) => `${view.name}: ${text}`));
    }

    expect(problems).toEqual([]);
    expect(await readPage(page)).toMatchObject({
      language: 'en',
      mains: 1,
      headings: [expect.stringMatching(/\S/)],
    });
    // The policy stops neither the style nor the logo. The status of a page is no error of it.
    expect(
      complaints.filter((text) => !text.startsWith('Failed to load resource: the server responded')),
    ).toEqual([]);
    expect(await page.evaluate("document.querySelector('header img').naturalWidth")).toBeGreaterThan(0);
  });

  it('the only control of an invite gets the focus with one Tab, and shows it', async () => {
    await showSample(page, 'invite');
    await page.keyboard.press('Tab');

    expect(
      await page.evaluate(
        '({ text: document.activeElement.innerText, outline: getComputedStyle(document.activeElement).outlineStyle })',
      ),
    ).toEqual({ text: 'Continue to Zoho', outline: 'solid' });
  });

  it('the button is large enough for a finger', async () => {
    await showSample(page, 'invite');
    await page.setViewportSize({ width: 320, height: 640 });

    expect(await page.evaluate("document.querySelector('button').offsetHeight")).toBeGreaterThanOrEqual(44);
  });

  it('without styles and images, the same words are there, in the same order', async () => {
    await showSample(page, 'invite');
    const styled = wordsOf((await readPage(page)).text);
    const { body = '' } = answerSample('invite');
    const url = `https://${SAMPLE_BRAND.host}/plain`;
    const plain = body.replace(/<style>[\s\S]*<\/style>|<img[^>]*>/g, '');
    await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: plain }));
    await page.goto(url);

    expect(wordsOf((await readPage(page)).text)).toEqual(styled);
  });
});

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
