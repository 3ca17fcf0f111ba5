import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBrowser } from '../../cli/browser/open-browser.ts';
import { createRuntime } from '../../cli/runtime.ts';

const URL_WITH_STATE =
  'https://accounts.zoho.eu/oauth/v2/auth?client_id=1000.A&state=the-secret-state&scope=a';
const SECRET = 'the-client-secret';

/** A browser that records what any user can see of it and its parents, and what it inherits. */
const FAKE_BROWSER = `#!/bin/sh
seen="$(dirname "$0")/seen"
{ pid=$$; while [ "$pid" -gt 1 ]; do tr '\\0' ' ' < /proc/$pid/cmdline; echo; [ "$pid" = $$ ] && env; pid=$(awk '{print $4}' /proc/$pid/stat); done; } > "$seen.part"
printf '%s' "$1" > "$(dirname "$0")/path"
mv "$seen.part" "$seen"
`;

describe.skipIf(process.platform !== 'linux')('the browser of the user', () => {
  it('gets the path of a page that only the user can read: neither state nor secret is in ps or inherited', async () => {
    const { folder, environment } = fakeBrowser();
    vi.stubEnv('ZOHO_CLIENT_SECRET', SECRET);
    const runtime = createRuntime(process);

    const end = await runtime.openBrowser(URL_WITH_STATE);

    const seen = await vi.waitFor(() => readFileSync(join(folder, 'seen'), 'utf8'), { timeout: 10_000 });
    const path = readFileSync(join(folder, 'path'), 'utf8').replace('file://', '');
    const modes = [path, dirname(path)].map((each) => (statSync(each).mode & 0o777).toString(8));
    const html = readFileSync(path, 'utf8');
    end();
    expect(seen).toContain('PATH=');
    expect(seen).toContain('consent.html');
    expect(seen).not.toContain('the-secret-state');
    expect(seen).not.toContain(SECRET);
    expect(runtime.environment.ZOHO_CLIENT_SECRET).toBe(SECRET);
    expect(modes).toEqual(['600', '700']);
    expect(html).toContain('http-equiv="refresh"');
    expect(html).not.toContain('<script');
    expect(existsSync(dirname(path))).toBe(false);
    expect(environment.HOME).toBe(dirname(dirname(path)));
  });

  it('is not started without a display, on WSL or over SSH, and leaves nothing behind when it fails', async () => {
    const { folder } = fakeBrowser('exit 3\n');

    await expect(openBrowser(URL_WITH_STATE, { platform: 'linux', environment: {} })).rejects.toThrow(
      'There is no browser',
    );
    await expect(
      openBrowser(URL_WITH_STATE, { platform: 'darwin', environment: { SSH_CONNECTION: 'x' } }),
    ).rejects.toThrow('There is no browser');
    await expect(
      openBrowser(URL_WITH_STATE, { platform: 'linux', environment: { BROWSER: 'fake' } }),
    ).rejects.toThrow('exited with');
    expect(existsSync(join(folder, 'seen'))).toBe(false);
  });

  function fakeBrowser(text = FAKE_BROWSER.slice(FAKE_BROWSER.indexOf('\n') + 1)) {
    const folder = mkdtempSync(join(tmpdir(), 'fake-browser-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const browser = join(folder, 'browser');
    writeFileSync(browser, `#!/bin/sh\n${text}`);
    chmodSync(browser, 0o755);
    const environment = { HOME: folder, BROWSER: browser };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_CURRENT_DESKTOP']) vi.stubEnv(name, '');
    onTestFinished(() => void vi.unstubAllEnvs());
    return { folder, environment };
  }
});
