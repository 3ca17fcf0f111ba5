import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ENTRIES } from '../../build/entries.ts';
import { renderApiReference } from '../support/api-reference.ts';
import { ROOT } from './project.ts';

/** What the entries are called where they are imported. */
const NAMES: Readonly<Record<keyof typeof ENTRIES, string>> = {
  infra: 'zoho-token-refresher',
  client: 'zoho-token-refresher/client',
  testing: 'zoho-token-refresher/testing',
};

const INTRODUCTION = `# API reference

Every export of the package, with its types and docstrings: what [semantic versioning](../CONTRIBUTING.md#versions) covers. Written by
\`PACKAGE=1 npx vitest run --project package test/package/public-api.test.ts -u\`, and checked by the same test. Guides:
[Deploying](deploying.md) for the construct, [Consuming tokens](consuming-tokens.md) for the client and its fake.
`;

it('docs/public-api.md has every export with its types and docstrings', async () => {
  const sections = Object.entries(NAMES).map(([file, name]) =>
    renderApiReference(name, readFileSync(join(ROOT, `dist/${file}.d.mts`), 'utf8')),
  );

  await expect([INTRODUCTION, ...sections.map((section) => `${section}\n`)].join('\n')).toMatchFileSnapshot(
    '../../docs/public-api.md',
  );
});
