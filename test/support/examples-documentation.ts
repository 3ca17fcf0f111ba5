import { readFileSync } from 'node:fs';
import { readSnippets } from './document-snippets.ts';
import { renderRejections } from './rejections-documentation.ts';

const GUIDE = new URL('../../docs/consuming-tokens.md', import.meta.url);

/** The files of the examples that repeat another file, by path: their text is written once. */
export function renderExamples(): Readonly<Record<string, string>> {
  const python = readSnippets(GUIDE).get('python');
  if (python === undefined) throw new Error('docs/consuming-tokens.md has no snippet "python".');
  const notice = '# Written by `npm run docs` from docs/consuming-tokens.md: change it there.\n';
  return {
    'examples/consumer-python/handler.py': notice + python.code,
    'examples/consumer-python/zoho-rejections.json': renderRejections(),
  };
}

/** What the repository has at a path from its root. */
export function readExample(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
