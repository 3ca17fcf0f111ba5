import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAILURE_CLASSES } from '../../lambdas/core/failures.ts';
import { ROOT, SourceTree } from './architecture/source-tree.ts';

/** Paths of all files and folders of the project, from its root: `/docs/design.md`. */
const FILES = [
  '',
  '/docs',
  '/lambdas',
  '/infra',
  '/cli',
  '/sandbox',
  '/build',
  '/test',
  '/examples',
  '/.github',
].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: folder !== '', encoding: 'utf8' }).map(
    (name) => `${folder}/${name.replaceAll('\\', '/')}`,
  ),
);
const DOCUMENTS = FILES.filter((path) =>
  /^(\/docs\/.*|\/examples\/[^/]*|\/\.github\/.*|\/[^/]*)\.md$/.test(path),
).map((path) => path.slice(1));

const packageJson = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  test('has links that lead to existing files and headings', () => {
    const broken = linksIn(text).filter((link) => !leadsSomewhere(document, link));

    expect(broken).toEqual([]);
  });

  test('names files and folders of the project that exist', () => {
    expect(pathsIn(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(fileNamesIn(text).filter((name) => !isNameOfFile(name))).toEqual([]);
  });

  test('shows the error of a silent curl, which prints nothing else when it cannot connect', () => {
    const silent = [...text.matchAll(/\bcurl .*--silent.*/g)].map(([command]) => command);

    expect(silent.filter((command) => !command.includes('--show-error'))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const scripts = [...text.matchAll(/\bnpm run (?:--silent )?([a-z]+(?::[a-z]+)*)/g)].map(
      ([, script = '']) => script,
    );

    expect(scripts.filter((script) => !(script in packageJson.scripts))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  test('lists every folder of the code, two levels deep', () => {
    const folders = new SourceTree().files
      .map((path) => path.split('/').slice(0, -1))
      .flatMap((parts) => [`${parts[0]}/`, ...(parts.length > 1 ? [`${parts[0]}/${parts[1]}/`] : [])]);
    const tree = /## The tree\n[\s\S]*?```\n([\s\S]*?)```/.exec(read('docs/architecture.md'))?.[1] ?? '';
    const listed = [...tree.matchAll(/^(\S+\/)(?= )/gm)].map(([, folder = '']) => folder);

    expect(listed.sort()).toEqual([...new Set(folders)].sort());
  });
});

describe('docs/README.md', () => {
  test('leads to every document', () => {
    const index = read('docs/README.md');
    const documents = DOCUMENTS.filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md');

    expect(documents.filter((path) => !index.includes(`](${path.slice('docs/'.length)})`))).toEqual([]);
  });
});

describe('docs/images', () => {
  test.each(['allowed-imports', 'trust-boundaries', 'trust-boundaries-invites'])(
    '%s differs in its colours only',
    (name) => {
      const [light, dark] = ['light', 'dark'].map((theme) => read(`docs/images/${name}-${theme}.svg`));
      const withoutStyle = (svg = '') => svg.replace(/<style>[\s\S]*<\/style>/, '');

      expect(withoutStyle(dark)).toBe(withoutStyle(light));
      expect(dark).not.toBe(light);
    },
  );
});

describe('docs/dependencies.md', () => {
  test('gives a reason for every dependency', () => {
    const rows = read('docs/dependencies.md');
    const names = Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies });
    const isListed = (name: string) => rows.includes(name) || rows.includes(name.replace(/^@[^/]+\//, ''));

    expect(names.filter((name) => !isListed(name))).toEqual([]);
  });
});

describe('docs/runbooks', () => {
  test.each(Object.keys(FAILURE_CLASSES))('explain the failure code %s on one page', (code) => {
    const pages = DOCUMENTS.filter((document) => document.startsWith('docs/runbooks/'));

    expect(pages.filter((page) => read(page).includes(`\`${code}\``))).toHaveLength(1);
  });
});

/** Targets of the links in a text: `[text](target)`, and the attributes of pictures. Other sites are left out. */
function linksIn(markdown: string): string[] {
  const found = markdown.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g);
  return [...found].map(([, target, source]) => target ?? source ?? '').filter((link) => !/^\w+:/.test(link));
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).has(anchor);
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(/```[\s\S]*?```/g, '').matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

/** Paths that begin with a folder of the project. Of patterns such as `test/*` only the folder counts. */
function pathsIn(markdown: string): string[] {
  const found = markdown.matchAll(
    /(?:^|[\s`(])((?:lambdas|infra|cli|sandbox|build|test|docs|examples|\.ci)\/[\w./*{}<>,-]*)/gm,
  );
  return [...found].map(([, path = '']) => path.replace(/[.,:]+$/, '').replace(PATTERN_IN_PATH, ''));
}

/** From the last slash before a placeholder on. */
const PATTERN_IN_PATH = /[^/]*([*{<]|\bNAME\b).*$/;

/** Names in backticks with the extension of a source file, such as `failures.ts` or `core/failures.ts`. */
function fileNamesIn(markdown: string): string[] {
  const found = markdown.matchAll(/`([\w./-]+\.(?:ts|mjs|py|md|svg))`/g);
  return [...found].map(([, name = '']) => name).filter((name) => !PATTERN_IN_PATH.test(name));
}

function isNameOfFile(name: string): boolean {
  return FILES.some((path) => path.endsWith(`/${name}`));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
