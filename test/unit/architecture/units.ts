/** A part of the tree with rules of its own about what it imports. */
export interface Unit {
  /** As the diagram labels it; also its folder, unless `files` lists its files. */
  readonly name: string;
  readonly files?: readonly string[];
  /** Other units, frames, or single files of other units. A unit may always import its own files. */
  readonly mayImport: readonly string[];
  /** Packages and `node:` modules that it may import; any, if left out. */
  readonly packages?: readonly string[];
}

/** Groups of units: a unit that may import a frame may import every unit in it. */
export const FRAMES: Readonly<Record<string, readonly string[]>> = {
  product: ['lambdas/', 'infra/', 'cli/'],
  laptop: ['sandbox/'],
};

/**
 * Who may import whom. `docs/images/allowed-imports-*.svg` shows this table and `docs/architecture.md` explains it.
 *
 * A file belongs to the first unit that matches its path.
 */
export const UNITS: readonly Unit[] = [
  { name: 'lambdas/core', mayImport: [], packages: ['zod/mini'] },
  { name: 'lambdas/adapters', mayImport: ['lambdas/core'] },
  { name: 'lambdas/refresher/adapters', mayImport: ['lambdas/core', 'lambdas/adapters'] },
  {
    name: 'lambdas/refresher/config.ts',
    files: ['lambdas/refresher/config.ts'],
    mayImport: ['lambdas/core'],
    packages: ['zod/mini'],
  },
  {
    name: 'lambdas/refresher/handler.ts',
    files: [
      'lambdas/refresher/handler.ts',
      'lambdas/refresher/create-handler.ts',
      'lambdas/refresher/compose-refresher.ts',
      'lambdas/refresher/aws-clients.ts',
    ],
    mayImport: [
      'lambdas/core',
      'lambdas/adapters',
      'lambdas/refresher/adapters',
      'lambdas/refresher/config.ts',
      'lambdas/refresher',
    ],
  },
  { name: 'lambdas/refresher', mayImport: ['lambdas/core'], packages: ['p-map'] },
  { name: 'lambdas/client', mayImport: ['lambdas/core', 'lambdas/adapters'] },
  { name: 'lambdas/example-consumer', mayImport: ['lambdas/client/index.ts'] },
  { name: 'cli', mayImport: ['lambdas/core', 'lambdas/adapters', 'lambdas/client'] },
  { name: 'infra', mayImport: ['lambdas/core', 'lambdas/refresher/config.ts'] },
  { name: 'sandbox/zoho', mayImport: [] },
  { name: 'sandbox/aws', mayImport: [] },
  { name: 'sandbox', mayImport: ['product', 'sandbox/zoho', 'sandbox/aws'] },
  { name: 'test', mayImport: ['product', 'laptop'] },
];

export function unitOf(path: string): Unit {
  const unit = UNITS.find(({ name, files }) =>
    files === undefined ? path.startsWith(`${name}/`) : files.includes(path),
  );
  if (unit === undefined) throw new Error(`${path} belongs to no unit of test/unit/architecture/units.ts.`);
  return unit;
}

/** The entry of `mayImport` that lets the unit import a file of another unit. */
export function permissionOf(unit: Unit, target: string): string | undefined {
  return unit.mayImport.find(
    (allowed) =>
      allowed === target ||
      allowed === unitOf(target).name ||
      FRAMES[allowed]?.some((prefix) => target.startsWith(prefix)),
  );
}
