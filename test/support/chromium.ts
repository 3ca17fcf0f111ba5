import { accessSync, constants, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** The name of what is skipped without a browser: it says how to have one. */
export const NO_CHROMIUM =
  'skipped for want of a browser: apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of a Chromium of this machine: `CHROMIUM_PATH`, else the first on the PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH = '', PATH = '' } = process.env;
  if (CHROMIUM_PATH !== '') return CHROMIUM_PATH;
  return NAMES.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name))).find(isProgram);
}

/** Starts it without a window. One that is there and does not start is an error. Chromium refuses its sandbox to root. */
export async function startChromium(executablePath: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return await chromium.launch({ executablePath, chromiumSandbox: !isRoot });
}

/** Ways in which a person may look at a page. */
export const LOOKS = [
  { look: 'light', scheme: 'light', width: 1000 },
  { look: 'dark', scheme: 'dark', width: 1000 },
  { look: 'narrow', scheme: 'light', width: 360 },
  { look: 'narrow-dark', scheme: 'dark', width: 360 },
] as const;

/** Shows the page in one of these ways. */
export async function lookAt(page: Page, { scheme, width }: (typeof LOOKS)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 720 });
}

/** With SCREENSHOTS=1: pictures of the page in all of these ways, in a folder for temporary files that is printed. */
export async function takePictures(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== '1') return;
  const folder = join(tmpdir(), 'zoho-token-refresher-screenshots');
  mkdirSync(folder, { recursive: true });
  for (const way of LOOKS) {
    await lookAt(page, way);
    const path = join(folder, `${name}-${way.look}.png`);
    await page.screenshot({ path, fullPage: true });
    console.info(path);
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or nothing that may be run: the next one is looked at.
    return false;
  }
}
