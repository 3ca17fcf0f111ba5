import { describe, expect, test } from 'vitest';
import { findImports, SourceTree } from './source-tree.ts';

const tree = new SourceTree();

describe('the search for imports', () => {
  test('finds every form of them', () => {
    const text = [
      "import a from './a.ts';",
      "import type { B } from './b.ts';",
      "import {\n  c,\n  type D,\n} from './c.ts';",
      "import * as z from 'zod/mini';",
      "import './effect.ts';",
      "export { e } from './e.ts';",
      "export * from './f.ts';",
      "const g = await import('./g.ts');",
      "let h: import('./h.ts').H;",
      "const k = new Worker(new URL('./k.ts', import.meta.url));",
      "spawn(fileURLToPath(new URL(isL ? 'l.mjs' : 'm.mjs', import.meta.url)));",
      "// import i from './i.ts';",
      "/** import j from './j.ts'; */",
    ].join('\n');

    expect(findImports(text)).toEqual([
      './a.ts',
      './b.ts',
      './c.ts',
      'zod/mini',
      './effect.ts',
      './e.ts',
      './f.ts',
      './g.ts',
      './h.ts',
      './k.ts',
      './l.mjs',
      './m.mjs',
    ]);
  });

  test('finds those of the refresher', () => {
    const known = tree.imports.filter(({ file }) => file.startsWith('lambdas/refresher/'));

    expect(known.map(({ target }) => target)).toEqual(
      expect.arrayContaining([
        'lambdas/core/connection/lease.ts',
        'lambdas/adapters/token-secrets.ts',
        'p-map',
      ]),
    );
  });

  test('finds a cycle through three files once, and no cycle where there is none', () => {
    const cyclic = new SourceTree(
      new Map([
        ['lambdas/a.ts', "import './b.ts';"],
        ['lambdas/b.ts', "import type { C } from './c.ts';"],
        ['lambdas/c.ts', "import './a.ts'; import './d.ts';"],
        ['lambdas/d.ts', ''],
      ]),
    );

    expect(cyclic.findCycles()).toEqual(['lambdas/a.ts -> lambdas/b.ts -> lambdas/c.ts -> lambdas/a.ts']);
    expect(new SourceTree(new Map([['lambdas/d.ts', '']])).findCycles()).toEqual([]);
  });
});
