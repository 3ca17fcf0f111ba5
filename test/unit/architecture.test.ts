import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PARTS, partOf, permissionOf } from './architecture/parts.ts';
import { isOwnFile, ROOT, SourceTree, withoutComments } from './architecture/source-tree.ts';

const LONGEST_FILE = 260;

/** What the product starts from: the functions, the library and its fake, the command line, the stack and the construct. */
const PRODUCT_ENTRIES = [
  'lambdas/refresher/handler.ts',
  'lambdas/client/index.ts',
  'lambdas/testing/index.ts',
  'lambdas/example-consumer/handler.ts',
  'lambdas/consent-api/handler.ts',
  'lambdas/consent-pages/handler.ts',
  'cli/zoho-tokens.mjs',
  'infra/app.ts',
  'infra/index.ts',
];
const SANDBOX_ENTRY = 'sandbox/main.ts';
/** Run once before all tests, or those of the package. */
const TEST_SETUPS = ['test/support/build-lambda.ts', 'test/package/pack.ts'];
/** The CDK app that `npm run verify` deploys: the CDK starts it. */
const VERIFY_APP = 'test/verify/app.ts';

/** Entry points that open no socket, so that nothing can keep Node from ending by itself. */
const ENTRIES_WITHOUT_SOCKETS = [
  'infra/app.ts',
  'build/main.ts',
  'test/support/check-survivors.ts',
  'test/support/write-documentation.ts',
];

/** What would make core depend on the time, the machine or chance. */
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
const isTestCases = (path: string) =>
  path.endsWith('.test.ts') || /^test\/(contracts|property|secrecy)\//.test(path);

const isProduct = (path: string) => /^(lambdas|infra|cli)\//.test(path);

const tree = new SourceTree();

describe('imports', () => {
  const importsOfOthers = tree.imports
    .map(({ file, target }) => ({ file, target, part: partOf(file) }))
    .filter(({ target, part }) => isOwnFile(target) && partOf(target) !== part);

  test.each(PARTS.map((part) => [part.name, part] as const))(
    'of %s: only what the table allows',
    (_, part) => {
      const forbidden = importsOfOthers.filter(
        (found) => found.part === part && permissionOf(part, found.target) === undefined,
      );
      const forbiddenPackages = tree.imports.filter(
        ({ file, target }) =>
          !isOwnFile(target) && partOf(file) === part && part.packages?.includes(target) === false,
      );

      expect(
        [...forbidden, ...forbiddenPackages].map(({ file, target }) => `${file} imports ${target}`),
      ).toEqual([]);
    },
  );

  test('form no cycles, type-only imports included', () => {
    expect(tree.findCycles()).toEqual([]);
  });

  test('lead to existing files', () => {
    const lost = tree.imports.filter(
      ({ file, target }) =>
        !file.endsWith('.test.ts') && isOwnFile(target) && !existsSync(join(ROOT, target)),
    );

    expect(lost).toEqual([]);
  });

  test.each(['sandbox/zoho/', 'sandbox/aws/'])(
    'of %s never reach the product: a simulator must not share its bugs',
    (folder) => {
      const simulator = tree.files.filter((path) => path.startsWith(folder));

      expect([...tree.reachableFrom(simulator)].filter(isProduct)).toEqual([]);
    },
  );

  test('of deployed code reach only deployed code', () => {
    const deployed = tree.files.filter((path) => path.startsWith('lambdas/'));

    expect([...tree.reachableFrom(deployed)].filter((path) => !path.startsWith('lambdas/'))).toEqual([]);
  });

  test('of everything else never reach test', () => {
    const others = tree.files.filter((path) => !path.startsWith('test/'));

    expect([...tree.reachableFrom(others)].filter((path) => path.startsWith('test/'))).toEqual([]);
  });
});

describe('a file belongs with its readers', () => {
  test('in lambdas, infra or cli: it is part of what is deployed or installed', () => {
    const used = tree.reachableFrom(PRODUCT_ENTRIES);

    expect(tree.files.filter((path) => isProduct(path) && !used.has(path))).toEqual([]);
  });

  test('in sandbox: npm start needs it', () => {
    const used = tree.reachableFrom([SANDBOX_ENTRY]);

    expect(tree.files.filter((path) => path.startsWith('sandbox/') && !used.has(path))).toEqual([]);
  });

  test('in lambdas/adapters: at least two parts of the product share it', () => {
    const lonely = usedByFewerThanTwo('lambdas/adapters/', (reader) => partOf(reader).name, isProduct);

    // A consent must not depend on where it is given: a function may import these files, and could not import the CLI's.
    expect(lonely.filter((path) => !path.startsWith('lambdas/adapters/consent/'))).toEqual([]);
  });

  test('in test: a test or an npm script needs it, and test/support has no test cases', () => {
    const tests = tree.files.filter((path) => path.endsWith('.test.ts'));
    const used = tree.reachableFrom([...tests, ...TEST_SETUPS, VERIFY_APP, ...scriptEntries()]);

    expect(tree.files.filter((path) => path.startsWith('test/') && !used.has(path))).toEqual([]);
    expect(tests.filter((path) => path.startsWith('test/support/'))).toEqual([]);
  });

  test('in test/unit: its folder is named like the folder that it tests', () => {
    const folders = tree.files
      .map((path) => /^test\/unit\/(.+)\/[^/]+$/.exec(path)?.[1])
      .filter((folder) => folder !== undefined && folder !== 'architecture');
    const isFolder = (path: string) => tree.files.some((file) => file.startsWith(`${path}/`));
    const astray = [...new Set(folders)].filter(
      (folder) => ![`lambdas/${folder}`, `${folder}`, `test/${folder}`].some(isFolder),
    );

    expect(astray).toEqual([]);
  });

  /** Files of a folder that fewer than two places outside it use, directly or through other files of the folder. */
  function usedByFewerThanTwo(
    folder: string,
    placeOf: (reader: string) => string,
    counts: (reader: string) => boolean,
  ): string[] {
    const readers = tree.files.filter((path) => !path.startsWith(folder) && counts(path));
    const places = new Map(
      readers.map((reader) => {
        const own = tree.ownImportsOf(reader).filter((path) => path.startsWith(folder));
        return [reader, tree.reachableFrom(own)] as const;
      }),
    );
    return tree.files
      .filter((path) => path.startsWith(folder))
      .filter((path) => {
        const users = readers.filter((reader) => places.get(reader)?.has(path));
        return new Set(users.map(placeOf)).size < 2;
      });
  }
});

describe('an entry point', () => {
  test.each(['cli/main.ts', ...scriptEntries()].filter((path) => !ENTRIES_WITHOUT_SOCKETS.includes(path)))(
    '%s ends the process as soon as its output is written',
    (path) => {
      expect(tree.texts.get(path)).toContain('\nawait exitWhenFlushed(');
    },
  );

  test('never leaves the end to Node, which can wait for a closing socket forever', () => {
    const waiting = [...tree.texts].filter(([, text]) =>
      /\bprocess\.exitCode\s*=/.test(withoutComments(text)),
    );

    expect(waiting.map(([path]) => path).filter((path) => !ENTRIES_WITHOUT_SOCKETS.includes(path))).toEqual(
      [],
    );
  });
});

describe('core', () => {
  test('takes the time, randomness and the world as arguments', () => {
    const impure = [...tree.texts]
      .filter(([path]) => path.startsWith('lambdas/core/'))
      .flatMap(([path, text]) =>
        IMPURE.filter((pattern) => pattern.test(withoutComments(text))).map(
          (pattern) => `${path} has ${pattern.source}`,
        ),
      );

    expect(impure).toEqual([]);
  });
});

describe('a file', () => {
  test(`has at most ${LONGEST_FILE} lines`, () => {
    const long = [...tree.texts]
      .filter(([path]) => !isTestCases(path))
      .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LONGEST_FILE);

    expect(long).toEqual([]);
  });
});

/** The files that the npm scripts start. */
function scriptEntries(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const commands = Object.values(scripts).join('\n');
  return [...commands.matchAll(/\btsx (\S+)/g)].map(([, path = '']) => path);
}
