import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** The app to write: its entry, and the command that runs it. */
export interface App {
  readonly entry: string;
  readonly command: string;
  readonly isTypeScript: boolean;
}

/** The app that fits what is installed in a folder. */
export function appIn(folder: string): App {
  if (isInstalled(folder, 'tsx')) return runBy('npx tsx', 'bin/zoho.mts');
  if (isInstalled(folder, 'ts-node')) return runBy('npx ts-node --prefer-ts-exts', 'bin/zoho.ts');
  return runBy('node', 'bin/zoho.mjs');
}

/** True if a package is found from a folder, as Node.js finds it. */
export function isInstalled(folder: string, name: string): boolean {
  try {
    createRequire(join(resolve(folder), 'app.js')).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

function runBy(runner: string, entry: string): App {
  return { entry, command: `${runner} ${entry}`, isTypeScript: entry.endsWith('ts') };
}
