import type { Page } from 'playwright-core';

/** The content and structure of a page. */
export interface PageFacts {
  readonly title: string;
  readonly language: string;
  readonly headings: readonly string[];
  /** Number of main landmarks. */
  readonly mains: number;
  /** Names and values of the definition list. The items of a value that is a list are separated by spaces. */
  readonly facts: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Reads the current page. */
export async function readPage(page: Page): Promise<PageFacts> {
  return (await page.evaluate(`({
    title: document.title,
    language: document.documentElement.lang,
    headings: [...document.querySelectorAll('h1')].map((each) => each.innerText),
    mains: document.querySelectorAll('main').length,
    facts: Object.fromEntries([...document.querySelectorAll('dt')].map((each) =>
      [each.innerText, each.nextElementSibling.innerText.replaceAll(/\\s+/g, ' ')])),
    text: document.body.innerText,
  })`)) as PageFacts;
}

/** Pixels by which the page is wider than its window, so that it scrolls sideways. */
export async function overflowOf(page: Page): Promise<number> {
  return (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number;
}

/** Texts with a contrast below 4.5 to 1, the minimum of WCAG AA, each with its contrast. */
export async function lowContrastTexts(page: Page): Promise<string[]> {
  const texts = (await page.evaluate(`[...document.body.querySelectorAll('*')]
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
    .map((each) => {
      let behind = each;
      while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
      return [each.innerText, getComputedStyle(each).color, getComputedStyle(behind).backgroundColor];
    })`)) as [string, string, string][];
  if (texts.length === 0) throw new Error('The page has no text.');
  return texts
    .map(([text, ink, paper]) => ({ text, contrast: contrastOf(ink, paper) }))
    .filter(({ contrast }) => contrast < 4.5)
    .map(({ text, contrast }) => `${text} (${contrast.toFixed(1)})`);
}

/** Source: WCAG 2.2, "contrast ratio" and "relative luminance". */
export function contrastOf(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminanceOf(color: string): number {
  const match = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color);
  if (match === null) throw new Error(`${color} is not an opaque color.`);
  const [red = 0, green = 0, blue = 0] = match.slice(1).map((text) => {
    const share = Number(text) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
