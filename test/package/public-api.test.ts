import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ENTRIES } from '../../build/entries.ts';
import { ROOT } from './project.ts';

/** What the entries are called where they are imported. */
const NAMES: Readonly<Record<keyof typeof ENTRIES, string>> = {
  infra: 'zoho-token-refresher',
  client: 'zoho-token-refresher/client',
  testing: 'zoho-token-refresher/testing',
};

const INTRODUCTION = `# Public API

Every export of the package, with its types: what [semantic versioning](../CONTRIBUTING.md#versions) covers. Written by
\`PACKAGE=1 npx vitest run --project package test/package/public-api.test.ts -u\`, and checked by the same test.
`;

it('docs/public-api.md lists every export with its types', async () => {
  const sections = Object.entries(NAMES).map(([file, name]) => {
    const types = readFileSync(join(ROOT, `dist/${file}.d.mts`), 'utf8');
    return `## ${name}\n\n\`\`\`ts\n${withoutComments(types)}\n\`\`\`\n`;
  });

  await expect([INTRODUCTION, ...sections].join('\n')).toMatchFileSnapshot('../../docs/public-api.md');
});

function withoutComments(types: string): string {
  return types
    .replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '')
    .replace(/^ *\/\/.*\n/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}
