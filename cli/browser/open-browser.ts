import type { ChildProcess } from 'node:child_process';
import { release } from 'node:os';
import open from 'open';
import { writeForwardPage } from './forward-page.ts';

/** The machine, as far as it decides whether a browser can be started. */
export interface BrowserMachine {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An opener that fails does so at once. One that still runs after this time is taken to have started the browser. */
const STARTED_AFTER_MS = 1_500;

/**
 * Opens an address in the user's browser. Other users of the machine can read the arguments of every process, so the browser gets
 * the path of a page that forwards to the address. Returns a function that removes the page. Rejects if no browser can be started.
 */
export async function openBrowser(url: string, machine: BrowserMachine): Promise<() => void> {
  if (!mayHaveBrowser(machine)) throw new Error('There is no browser on this machine.');
  const page = writeForwardPage(url, machine);
  try {
    await started(await open(page.path));
  } catch (error) {
    page.remove();
    throw error;
  }
  return page.remove;
}

/** A browser of Windows cannot open a path of WSL, and one that is reached by SSH opens on a screen that no one looks at. */
function mayHaveBrowser({ platform, environment }: BrowserMachine): boolean {
  const has = (name: string) => (environment[name] ?? '') !== '';
  const isWsl = platform === 'linux' && /microsoft/i.test(release());
  if (isWsl) return false;
  if (platform === 'linux') return has('DISPLAY') || has('WAYLAND_DISPLAY') || has('BROWSER');
  return !has('SSH_CONNECTION');
}

function started(opener: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, STARTED_AFTER_MS);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    opener.once('error', (error) => end(() => reject(error)));
    opener.once('exit', (code) =>
      end(() =>
        code === 0 ? resolve() : reject(new Error(`The opener of the browser exited with ${code}.`)),
      ),
    );
  });
}
