import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from './parse-json.ts';

/** The context key that names a configuration file: `-c config=prod.json`. */
export const CONFIG_CONTEXT_KEY = 'config';

/** Where files are that are named without a folder. Git ignores them. */
const FOLDER = 'config';

/** The files in the folder, without the example. */
export function listConfigurationFiles(): readonly string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json') && name !== 'example.json')
    .sort();
}

/** The value in a configuration file, or what is wrong. A path with a folder is relative to the current directory. */
export function readConfigurationFile(name: unknown): { value: unknown } | { problem: string } {
  if (typeof name !== 'string' || name.trim() === '')
    return { problem: `${CONFIG_CONTEXT_KEY}: has to be the name of a file, such as -c config=prod.json.` };
  const path = /[\\/]/.test(name) ? name : join(FOLDER, name);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { problem: `${CONFIG_CONTEXT_KEY}: ${explain(path, (error as NodeJS.ErrnoException).code)}` };
  }
  const json = parseJson(text);
  return 'reason' in json
    ? { problem: `${path}: is not JSON (${json.reason}). Compare it with config/example.json.` }
    : { value: json.value };
}

function explain(path: string, code = 'an unknown error'): string {
  const advice =
    'Files without a folder in their name are in config/; for another place, pass a path such as ./prod.json. To create one, copy config/example.json.';
  return code === 'ENOENT'
    ? `${path} does not exist. ${advice}`
    : `${path} cannot be read (${code}). ${advice}`;
}
