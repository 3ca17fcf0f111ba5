import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CODE_FOLDERS = ['lambdas', 'infra', 'sandbox', 'cli', 'test'];
const LONGEST_FILE = 260;

const core = under('lambdas/core');
const adapters = under('lambdas/adapters');
const refresher = under('lambdas/refresher');
const refresherAdapters = under('lambdas/refresher/adapters');
const client = under('lambdas/client');
const cli = under('cli');
const infra = under('infra');
const config = matching(/^lambdas\/refresher\/config\.ts$/);
/** Where the parts of the refresher are put together: all else there sees the world through the ports of core. */
const composition = matching(
  /^lambdas\/refresher\/(handler|create-handler|compose-refresher|aws-clients)\.ts$/,
);
const refresherLogic = (path: string) =>
  refresher(path) && !composition(path) && !config(path) && !refresherAdapters(path);

interface Rule {
  readonly who: string;
  readonly files: (path: string) => boolean;
  /** Files of ours that they may import. */
  readonly mayImport: (path: string) => boolean;
  /** Packages and `node:` modules that they may import; any when left out. */
  readonly packages?: (name: string) => boolean;
}

const RULES: readonly Rule[] = [
  {
    who: 'core knows nothing but core, and one package to parse with',
    files: core,
    mayImport: core,
    packages: (name) => name === 'zod/mini',
  },
  {
    who: 'an adapter knows core and other adapters',
    files: adapters,
    mayImport: anyOf(core, adapters),
  },
  {
    who: 'an adapter of the refresher knows core and adapters',
    files: refresherAdapters,
    mayImport: anyOf(core, adapters, refresherAdapters),
  },
  {
    who: "the refresher's logic knows core, not the adapters, and no SDK",
    files: refresherLogic,
    mayImport: anyOf(core, refresherLogic),
    packages: (name) => name === 'p-map',
  },
  {
    who: "the refresher's configuration knows core, so that infra can share it",
    files: config,
    mayImport: core,
    packages: (name) => name === 'zod/mini',
  },
  {
    who: 'the composition of the refresher knows all of its parts',
    files: composition,
    mayImport: anyOf(core, adapters, refresher),
  },
  {
    who: 'the consumer library knows core and adapters',
    files: client,
    mayImport: anyOf(core, adapters, client),
  },
  {
    who: 'the example of a consumer knows what any consumer knows: the entry of the library',
    files: under('lambdas/example-consumer'),
    mayImport: matching(/^lambdas\/(client\/index|example-consumer\/[a-z-]+)\.ts$/),
  },
  {
    who: "the operator's CLI knows core, adapters and the consumer library",
    files: cli,
    mayImport: anyOf(core, adapters, client, cli),
  },
  {
    who: "infra knows core and the refresher's configuration",
    files: infra,
    mayImport: anyOf(core, config, infra),
  },
];

/** What would make core depend on the moment, the machine or chance. */
const IMPURE = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bMath\.random\b/,
  /\bperformance\b/,
  /\bprocess\b/,
  /\bglobalThis\b/,
  /\bfetch\b/,
  /\bconsole\b/,
  /\bset(Timeout|Interval|Immediate)\b/,
];

/** Lists of test cases, which are as long as there are cases. */
const isTestCases = anyOf(under('test/contracts'), under('test/property'), under('test/secrecy'));

const sources = readSources();

describe('who may import whom', () => {
  test.each(RULES.map((rule) => [rule.who, rule] as const))('%s', (_, rule) => {
    const { files, mayImport, packages = () => true } = rule;
    const forbidden = importsOf(files).filter(({ target }) =>
      isOurs(target) ? !mayImport(target) : !packages(target),
    );

    expect(forbidden.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  test.each(['sandbox/zoho', 'sandbox/aws'])(
    '%s reaches nothing of the product, not even through others: it would share its bugs',
    (folder) => {
      const reached = [...reachableFrom(under(folder))].filter(anyOf(under('lambdas'), infra, cli));

      expect(reached).toEqual([]);
    },
  );

  test('nothing that is deployed imports what is not', () => {
    const reached = [...reachableFrom(under('lambdas'))].filter((path) => !under('lambdas')(path));

    expect(reached).toEqual([]);
  });

  test('every file of lambdas has its place in these rules', () => {
    const placeless = [...sources.keys()]
      .filter(under('lambdas'))
      .filter((path) => !RULES.some(({ files }) => files(path)));

    expect(placeless).toEqual([]);
  });

  test('every import leads to a file that is there', () => {
    const lost = importsOf(() => true).filter(
      ({ target }) => isOurs(target) && !existsSync(join(ROOT, target)),
    );

    expect(lost).toEqual([]);
  });
});

describe('core', () => {
  test('takes the time, chance and the world as arguments', () => {
    const impure = [...sources]
      .filter(([path]) => core(path))
      .flatMap(([path, text]) => {
        const code = withoutComments(text);
        return IMPURE.filter((pattern) => pattern.test(code)).map(
          (pattern) => `${path} has ${pattern.source}`,
        );
      });

    expect(impure).toEqual([]);
  });
});

describe('a file', () => {
  test(`has at most ${LONGEST_FILE} lines`, () => {
    const long = [...sources]
      .filter(([path]) => !isTestCases(path))
      .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LONGEST_FILE);

    expect(long).toEqual([]);
  });
});

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
    ]);
  });

  test('finds those of the code that is there', () => {
    const known = importsOf(refresher).map(({ target }) => target);

    expect(known).toEqual(
      expect.arrayContaining([
        'lambdas/core/refresh/lease.ts',
        'lambdas/refresher/adapters/token-secrets.ts',
        'p-map',
      ]),
    );
  });
});

interface Import {
  readonly file: string;
  /** Path from the root of the project, or the name of a package. */
  readonly target: string;
}

function importsOf(files: (path: string) => boolean): Import[] {
  return [...sources]
    .filter(([path]) => files(path))
    .flatMap(([file, text]) =>
      findImports(text).map((specifier) => ({ file, target: resolveImport(file, specifier) })),
    );
}

function reachableFrom(files: (path: string) => boolean): Set<string> {
  const reached = new Set([...sources.keys()].filter(files));
  for (const path of reached) {
    for (const { target } of importsOf((file) => file === path)) if (isOurs(target)) reached.add(target);
  }
  return reached;
}

function findImports(text: string): string[] {
  const pattern =
    /\b(?:import|export)\s(?:[^'"`;()]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...withoutComments(text).matchAll(pattern)].map(([, from, dynamic]) => from ?? dynamic ?? '');
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function resolveImport(file: string, specifier: string): string {
  return specifier.startsWith('.') ? slashes(join(dirname(file), specifier)) : specifier;
}

/** Relative imports were resolved to a path with a folder and an extension; packages have none of ours. */
function isOurs(target: string): boolean {
  return target.startsWith('..') || /^(lambdas|infra|sandbox|cli|test)\//.test(target);
}

function readSources(): ReadonlyMap<string, string> {
  const paths = CODE_FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes('node_modules') && !path.includes('cdk.out')),
  );
  return new Map(paths.map((path) => [slashes(relative(ROOT, path)), readFileSync(path, 'utf8')]));
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}

function under(folder: string): (path: string) => boolean {
  return (path) => path.startsWith(`${folder}/`);
}

function matching(pattern: RegExp): (path: string) => boolean {
  return (path) => pattern.test(path);
}

function anyOf(...predicates: ((path: string) => boolean)[]): (path: string) => boolean {
  return (path) => predicates.some((predicate) => predicate(path));
}
