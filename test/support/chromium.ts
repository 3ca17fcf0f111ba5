import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** The name of the skipped test when there is no browser. */
export const NO_CHROMIUM =
  'skipped: needs a browser (apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome)';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of Chromium: `CHROMIUM_PATH`, or the first one on the PATH; undefined if there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH = '', PATH = '' } = process.env;
  if (CHROMIUM_PATH !== '') return CHROMIUM_PATH;
  return NAMES.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name))).find(
    isExecutable,
  );
}

/** Starts it without a window. Throws when it does not start. As root, Chromium runs only without its sandbox. */
export async function startChromium(executablePath: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return await chromium.launch({ executablePath, chromiumSandbox: !isRoot });
}

/** Color schemes and window widths in which a page must be readable. */
export const VIEWS = [
  { name: 'light', scheme: 'light', width: 1000 },
  { name: 'dark', scheme: 'dark', width: 1000 },
  { name: 'narrow', scheme: 'light', width: 320 },
  { name: 'narrow-dark', scheme: 'dark', width: 320 },
] as const;

/** Applies a view to the page. */
export async function applyView(page: Page, { scheme, width }: (typeof VIEWS)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 720 });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // It does not exist or is not executable. The next candidate is tried.
    return false;
  }
}
