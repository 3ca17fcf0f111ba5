import { expect, test } from 'vitest';
import { bundledFolders, renderNotices } from '../../../build/third-party-notices.ts';

const inputs = (...paths: string[]) => ({
  inputs: Object.fromEntries(paths.map((path) => [path, { bytes: 1, imports: [] }])),
});

test('a package counts once, however many files of it the bundles contain', () => {
  const folders = bundledFolders([
    inputs('cli/main.ts', 'node_modules/zod/mini/index.js', 'node_modules/zod/index.js'),
    inputs('node_modules/@aws-sdk/core/dist-es/index.js', 'node_modules/zod/index.js'),
  ]);

  expect(folders).toEqual(['node_modules/@aws-sdk/core', 'node_modules/zod']);
});

test('a package in a package counts as itself', () => {
  expect(bundledFolders([inputs('node_modules/open/node_modules/@scope/is-wsl/index.js')])).toEqual([
    'node_modules/open/node_modules/@scope/is-wsl',
  ]);
});

test('packages with the same license text share it, and a package without one is named as well', () => {
  const notices = renderNotices([
    { name: 'one', version: '1.0.0', license: 'MIT', text: 'The text.' },
    { name: 'other', version: '2.0.0', license: 'ISC', text: '' },
    { name: 'third', version: '3.0.0', license: 'MIT', text: 'The text.' },
  ]);

  expect(notices).toContain('one 1.0.0 (MIT)\nthird 3.0.0 (MIT)\n\nThe text.\n');
  expect(notices).toContain('other 2.0.0 (ISC)\n\nNo license text in the package.\n');
});
