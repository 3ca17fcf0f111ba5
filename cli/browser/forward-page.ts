import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeHtml } from '../../lambdas/core/escape-html.ts';

/** A page on disk that forwards to an address, so that the address stands in no process list. */
export interface ForwardPage {
  readonly path: string;
  remove(): void;
}

/**
 * Writes a page that only the user can read, into a new folder that only the user can enter. On Linux the folder is in the home
 * folder and not hidden: browsers that are installed as snaps can read nothing else.
 */
export function writeForwardPage(
  url: string,
  { platform }: { readonly platform: NodeJS.Platform },
): ForwardPage {
  const parents = platform === 'linux' ? [homedir(), tmpdir()] : [tmpdir()];
  const folder = makeFolder(parents);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    chmodSync(folder, 0o700);
    const path = join(folder, 'consent.html');
    writeFileSync(path, forwardTo(url), { mode: 0o600, flag: 'wx' });
    return { path, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function makeFolder([parent = '', ...others]: readonly string[]): string {
  try {
    if (!existsSync(parent)) throw new Error(`${parent} does not exist.`);
    return mkdtempSync(join(parent, 'zoho-tokens-consent-'));
  } catch (error) {
    if (others.length === 0) throw error;
    return makeFolder(others);
  }
}

/** Without a script, so that it works with scripts turned off; with a link, in case the browser forwards nowhere. */
function forwardTo(url: string): string {
  const address = escapeHtml(url);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${address}">
<title>Zoho Token Refresher</title>
</head>
<body><p><a href="${address}">Continue to the consent page of Zoho</a></p></body>
</html>
`;
}
