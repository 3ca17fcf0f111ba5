import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { readFencedCode } from '../support/fenced-code.ts';
import { ROOT } from './architecture/source-tree.ts';

const markdownIn = (folder: string, recursive: boolean) =>
  readdirSync(join(ROOT, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join(folder, name));

/** Other tests hold these two to the code that they quote. */
const QUOTES = ['docs/public-api.md', 'docs/mutation-survivors.md'];
const DOCUMENTS = [
  ...markdownIn('', false),
  ...markdownIn('docs', true),
  ...markdownIn('examples', false),
].filter((path) => !QUOTES.includes(path));

/** The text of all tests: a test names the snippet that it runs. */
const TESTS = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /^(?:integration|infra|long|unit)\/.*\.test\.ts$/.test(name))
  .map((name) => readFileSync(join(ROOT, 'test', name), 'utf8'))
  .join('\n');

describe.each(DOCUMENTS)('the code in %s', (path) => {
  const blocks = readFencedCode(readFileSync(join(ROOT, path), 'utf8'));
  const inLanguage = (...languages: string[]) =>
    blocks.filter(({ language }) => languages.includes(language));

  test('is in a language that is checked, or plain text', () => {
    const known = ['', 'bash', 'js', 'json', 'python', 'text', 'ts'];

    expect(blocks.map(({ language }) => language).filter((language) => !known.includes(language))).toEqual(
      [],
    );
  });

  test('is shell that bash can parse', () => {
    // A function per block, so that an open quote or loop is an error of its own block.
    const script = inLanguage('bash')
      .map(({ code, line }) => `line_${line}() {\n${code}}\n`)
      .join('');

    const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });

    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('is JSON, or properties of an object', () => {
    for (const { code } of inLanguage('json')) JSON.parse(/^\s*"/.test(code) ? `{${code}}` : code);
  });

  test('is TypeScript or JavaScript that can be parsed', () => {
    for (const { code } of inLanguage('ts', 'js')) transformSync(code, { loader: 'ts', logLevel: 'silent' });
  });

  test('is executed by a test where it has a name, except TypeScript, whose types are checked', () => {
    const names = blocks.flatMap(({ name, language }) => (language === 'ts' ? [] : (name ?? [])));

    expect(names.filter((name) => !TESTS.includes(`'${name}'`))).toEqual([]);
  });
});

test('a fenced block has its language, its name, its line, and no indentation', () => {
  const markdown =
    'text\n\n<!-- snippet: one -->\n```ts\na;\n```\n\n1. x\n\n   ```bash\n   ls\n     -l\n   ```\n';

  expect(readFencedCode(markdown)).toEqual([
    { language: 'ts', code: 'a;\n', line: 4, name: 'one' },
    { language: 'bash', code: 'ls\n  -l\n', line: 10 },
  ]);
});
