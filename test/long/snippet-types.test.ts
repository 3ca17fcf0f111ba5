import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Snippet } from '../support/document-snippets.ts';
import { readFencedCode } from '../support/fenced-code.ts';
import { toModule } from '../support/snippet-modules.ts';
import { findTypeErrors } from '../support/snippet-types.ts';

const root = new URL('../../', import.meta.url);
const docs = readdirSync(fileURLToPath(new URL('docs', root)), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && name !== 'public-api.md')
  .map((name) => `docs/${name}`);

/** By the name that other snippets import, or by document and line. */
const modules = new Map<string, Snippet>(
  ['README.md', 'examples/README.md', ...docs].flatMap((path) =>
    readFencedCode(readFileSync(new URL(path, root), 'utf8'))
      .filter(({ language }) => language === 'ts')
      .map(
        (block) =>
          [
            block.name ?? `${path.replaceAll('/', '-')}-${block.line}`,
            { language: 'ts', code: toModule(block) },
          ] as const,
      ),
  ),
);

/** Compiled together with them, because the construct library takes seconds to load: it shows that errors are found. */
const WRONG = 'zoho.connection(1).attachTo(leadsFunction);\n';

it('every TypeScript snippet of README, docs and examples compiles against the package, with strict settings', async () => {
  expect(modules.size).toBeGreaterThan(20);
  modules.set('wrong', { language: 'ts', code: toModule({ language: 'ts', code: WRONG, line: 1 }) });

  const errors = await findTypeErrors(modules);

  expect(errors).toEqual([expect.stringMatching(/^wrong\.ts.*'number' is not assignable/)]);
}, 180_000);
