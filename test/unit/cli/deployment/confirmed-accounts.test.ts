import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createConfirmedAccounts } from '../../../../cli/deployment/confirmed-accounts.ts';

const [ACCOUNT, OTHER] = ['111122223333', '444455556666'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoho-tokens-'));
  const created = folder;
  onTestFinished(() => rmSync(created, { recursive: true, force: true }));
});

const on = (environment: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
  createConfirmedAccounts({ environment, platform });
const pathIn = (config: string) => join(config, 'zoho-token-refresher', 'accounts.json');
const write = (text: string) => {
  mkdirSync(dirname(pathIn(folder)), { recursive: true });
  writeFileSync(pathIn(folder), text);
};

describe('confirmed accounts', () => {
  it('are none at first, and are remembered', async () => {
    const before = await on({ XDG_CONFIG_HOME: folder }).has(ACCOUNT);
    await on({ XDG_CONFIG_HOME: folder }).add(ACCOUNT);
    await on({ XDG_CONFIG_HOME: folder }).add(OTHER);

    const after = on({ XDG_CONFIG_HOME: folder });

    expect(before).toBe(false);
    expect([await after.has(ACCOUNT), await after.has(OTHER), await after.has('777788889999')]).toEqual([
      ...[true, true, false],
    ]);
  });

  it('are in a file that only the user can read', async () => {
    await on({ XDG_CONFIG_HOME: folder }).add(ACCOUNT);

    expect(statSync(pathIn(folder)).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(pathIn(folder))).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(pathIn(folder), 'utf8'))).toEqual({ accounts: [ACCOUNT] });
  });

  it.each(['', 'garbled', '[]', '{"accounts":"111122223333"}', '{"accounts":[1]}', '\u0000'])(
    'are none in a file with %j, which is replaced',
    async (text) => {
      write(text);
      const accounts = on({ XDG_CONFIG_HOME: folder });

      const before = await accounts.has(ACCOUNT);
      const problem = await accounts.add(ACCOUNT);

      expect({ before, problem, after: await accounts.has(ACCOUNT) }).toEqual({
        ...{ before: false, problem: undefined, after: true },
      });
    },
  );

  it('are not remembered where a file cannot be written: the reason is returned', async () => {
    const notAFolder = join(folder, 'file');
    writeFileSync(notAFolder, '');

    const problem = await on({ XDG_CONFIG_HOME: notAFolder }).add(ACCOUNT);

    expect(problem).toBe(`${pathIn(notAFolder)} cannot be written (ENOTDIR)`);
    expect(await on({ XDG_CONFIG_HOME: notAFolder }).has(ACCOUNT)).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')('are not remembered where Linux has no folders', async () => {
    const problem = await on({ XDG_CONFIG_HOME: '/proc/none' }).add(ACCOUNT);

    expect(problem).toBe(`${pathIn('/proc/none')} cannot be written (ENOENT)`);
  });

  it.skipIf(process.getuid?.() === 0)(
    'are none in a file that may not be read (root may read all: skipped)',
    async () => {
      write(JSON.stringify({ accounts: [ACCOUNT] }));
      chmodSync(pathIn(folder), 0o000);

      expect(await on({ XDG_CONFIG_HOME: folder }).has(ACCOUNT)).toBe(false);
    },
  );

  it.each<[string, Record<string, string>, NodeJS.Platform, string]>([
    ['.config of the home folder', { HOME: 'HERE' }, 'linux', '.config'],
    [
      '.config where XDG_CONFIG_HOME is relative',
      { HOME: 'HERE', XDG_CONFIG_HOME: 'config' },
      'linux',
      '.config',
    ],
    ['APPDATA on Windows', { HOME: '/nowhere', APPDATA: 'HERE' }, 'win32', ''],
    ['.config elsewhere, despite APPDATA', { HOME: 'HERE', APPDATA: '/nowhere' }, 'darwin', '.config'],
  ])('are in %s', async (_, environment, platform, config) => {
    const here = Object.fromEntries(
      Object.entries(environment).map(([variable, value]) => [variable, value.replace('HERE', folder)]),
    );

    await on(here, platform).add(ACCOUNT);

    expect(readFileSync(pathIn(join(folder, config)), 'utf8')).toContain(ACCOUNT);
  });

  it("are read from the system's home folder where HOME is not set", async () => {
    expect(homedir()).not.toBe('');
    expect(await on({}).has('000000000001')).toBe(false);
  });
});
