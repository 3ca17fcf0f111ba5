import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { SourceTree } from './architecture/source-tree.ts';

/** Licenses, as SPDX IDs, of what users get: installed with the package, bundled into it, or imported by the app of a checkout. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
];

/** Licenses of tools that only run on the machines of maintainers. Nothing of them is distributed. */
const ALLOWED_FOR_TOOLS = [
  ...ALLOWED,
  'BlueOak-1.0.0',
  'CC BY-SA 4.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'LGPL-3.0-only',
  'MPL-2.0',
  'WTFPL',
  'Python-2.0',
];

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const packages: Readonly<Record<string, Locked>> = lock.packages;

describe('the licenses of package-lock.json', () => {
  const shipped = reachable([...Object.keys(packageJson.dependencies), ...importedByProduct()]);

  it('of what users get are on the list', () => {
    expect(shipped.size).toBeGreaterThan(50);
    expect([...shipped].filter((path) => !isAllowed(path, ALLOWED)).map(describePackage)).toEqual([]);
  });

  it('of all other packages are known, and on the list for tools', () => {
    const tools = Object.keys(packages).filter((path) => path !== '' && !shipped.has(path));

    expect(tools.filter((path) => !isAllowed(path, ALLOWED_FOR_TOOLS)).map(describePackage)).toEqual([]);
  });
});

/** Packages that the code of the product imports. `@scope/name/file` counts as `@scope/name`. */
function importedByProduct(): string[] {
  const targets = new SourceTree().imports
    .filter(({ file }) => /^(?:lambdas|infra|cli)\//.test(file))
    .map(({ target }) => /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target);
  return [...new Set(targets)].filter((name) => `node_modules/${name}` in packages);
}

/** The paths in the lock file of packages and of everything that they need. */
function reachable(names: readonly string[]): Set<string> {
  const found = new Set(names.map((name) => pathOf(name, '')).filter((path) => path !== undefined));
  for (const path of found) {
    const { dependencies, optionalDependencies, peerDependencies } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const needed = pathOf(name, path);
      if (needed !== undefined) found.add(needed);
    }
  }
  return found;
}

/** Where a package finds another one, as Node.js looks for it; undefined for an optional one that is not installed. */
function pathOf(name: string, from: string): string | undefined {
  const path = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`;
  if (path in packages) return path;
  if (from === '') return undefined;
  const parent = dirname(from).replace(/\/?node_modules(?:\/@[^/]+)?$/, '');
  return pathOf(name, parent);
}

/** `(MIT OR X)` is allowed if one of them is. */
function isAllowed(path: string, allowed: readonly string[]): boolean {
  const choices = (packages[path]?.license ?? '').replace(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((license) => allowed.includes(license)));
}

function describePackage(path: string): string {
  return `${path}: ${packages[path]?.license ?? 'no license'}`;
}
