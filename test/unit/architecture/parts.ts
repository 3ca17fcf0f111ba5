/** A part of the tree with rules of its own about what it imports. */
export interface Part {
  /** As the diagram labels it; also its folder, unless `files` lists its files. */
  readonly name: string;
  readonly files?: readonly string[];
  /** Other parts, frames, or single files of other parts. A part may always import its own files. */
  readonly mayImport: readonly string[];
  /** Packages and `node:` modules that it may import; any, if left out. */
  readonly packages?: readonly string[];
}

/** Groups of parts: a part that may import a frame may import every part in it. */
export const FRAMES: Readonly<Record<string, readonly string[]>> = {
  product: ['lambdas/', 'infra/', 'cli/'],
  laptop: ['sandbox/'],
};

/**
 * Who may import whom. `docs/images/allowed-imports-*.svg` shows this table and `docs/architecture.md` explains it.
 *
 * A file belongs to the first part that matches its path.
 */
export const PARTS: readonly Part[] = [
  { name: 'lambdas/core', mayImport: [], packages: ['zod/mini'] },
  { name: 'lambdas/adapters', mayImport: ['lambdas/core'] },
  { name: 'lambdas/refresher/adapters', mayImport: ['lambdas/core', 'lambdas/adapters'] },
  {
    name: 'lambdas/refresher/config.ts',
    files: [
      'lambdas/refresher/config.ts',
      'lambdas/refresher/fleet-config.ts',
      'lambdas/refresher/number-settings.ts',
    ],
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
      'lambdas/refresher/paces.ts',
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
  { name: 'lambdas/consent-api', mayImport: ['lambdas/core', 'lambdas/adapters'] },
  { name: 'lambdas/consent-pages', mayImport: ['lambdas/core'] },
  { name: 'lambdas/example-consumer', mayImport: ['lambdas/client/index.ts'] },
  { name: 'lambdas/testing', mayImport: ['lambdas/client/index.ts', 'lambdas/core'], packages: [] },
  { name: 'cli', mayImport: ['lambdas/core', 'lambdas/adapters'] },
  { name: 'infra', mayImport: ['lambdas/core', 'lambdas/refresher/config.ts'] },
  { name: 'sandbox/zoho', mayImport: [] },
  { name: 'sandbox/aws', mayImport: [] },
  { name: 'sandbox', mayImport: ['product', 'sandbox/zoho', 'sandbox/aws'] },
  { name: 'build', mayImport: ['product'] },
  { name: 'test', mayImport: ['product', 'laptop', 'build'] },
];

export function partOf(path: string): Part {
  const part = PARTS.find(({ name, files }) =>
    files === undefined ? path.startsWith(`${name}/`) : files.includes(path),
  );
  if (part === undefined) throw new Error(`${path} belongs to no part of test/unit/architecture/parts.ts.`);
  return part;
}

/** The entry of `mayImport` that lets the part import a file of another part. */
export function permissionOf(part: Part, target: string): string | undefined {
  return part.mayImport.find(
    (allowed) =>
      allowed === target ||
      allowed === partOf(target).name ||
      FRAMES[allowed]?.some((prefix) => target.startsWith(prefix)),
  );
}
