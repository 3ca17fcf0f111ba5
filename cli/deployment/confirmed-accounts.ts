import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { parseJsonObject } from '../../lambdas/core/json.ts';

/** The AWS accounts in which the user has confirmed that changes are intended. */
export interface ConfirmedAccounts {
  has(account: string): Promise<boolean>;
  /** Returns why the account could not be remembered, or undefined when it was. */
  add(account: string): Promise<string | undefined>;
}

interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/**
 * Remembers accounts in `zoho-token-refresher/accounts.json` in the user's configuration folder. A file that is missing or
 * garbled is an empty one.
 */
export function createConfirmedAccounts(machine: Machine): ConfirmedAccounts {
  const read = async (): Promise<readonly string[]> => {
    const path = pathOn(machine);
    return path === undefined ? [] : parse(await readFile(path, 'utf8').catch(() => ''));
  };
  return {
    has: async (account) => (await read()).includes(account),
    add: async (account) => {
      const path = pathOn(machine);
      if (path === undefined) return 'there is no home folder';
      const accounts = [...new Set([...(await read()), account])].sort();
      try {
        await replaceFile(path, `${JSON.stringify({ accounts })}\n`);
        return undefined;
      } catch (error) {
        return `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
      }
    },
  };
}

/** Undefined when there is no folder for it. Source: XDG Base Directory Specification, which ignores relative paths. */
function pathOn({ environment, platform }: Machine): string | undefined {
  const { XDG_CONFIG_HOME = '', APPDATA = '' } = environment;
  const folder =
    [XDG_CONFIG_HOME, platform === 'win32' ? APPDATA : ''].find(isAbsolute) ?? homeConfig(environment);
  return folder === undefined ? undefined : join(folder, 'zoho-token-refresher', 'accounts.json');
}

function homeConfig({ HOME = '' }: Machine['environment']): string | undefined {
  if (isAbsolute(HOME)) return join(HOME, '.config');
  try {
    return join(homedir(), '.config');
  } catch {
    // A user without an entry in the system's list of users, as in some containers.
    return undefined;
  }
}

function parse(text: string): readonly string[] {
  const accounts = parseJsonObject(text)?.accounts;
  return Array.isArray(accounts) ? accounts.filter((each): each is string => typeof each === 'string') : [];
}

/** Readers see the old file or the new one, never a part of it. */
async function replaceFile(path: string, text: string): Promise<void> {
  await createFolder(dirname(dirname(path)));
  await createFolder(dirname(path));
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

/** Not `recursive`: Node.js then retries forever where the system refuses folders with ENOENT, as in `/proc`. */
async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
