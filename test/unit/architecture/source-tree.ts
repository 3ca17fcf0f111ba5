import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CODE_FOLDERS = ['lambdas', 'infra', 'cli', 'sandbox', 'build', 'test'];

/** One import in the text of a file, type-only imports and files named by `new URL` (workers) included. */
export interface Import {
  readonly file: string;
  /** A path from the root of the project, or the name of a package. */
  readonly target: string;
}

/** The source files of the project, by their path from its root, and what they import. */
export class SourceTree {
  readonly texts: ReadonlyMap<string, string>;
  readonly #importsByFile: ReadonlyMap<string, readonly Import[]>;

  constructor(texts: ReadonlyMap<string, string> = readTexts()) {
    this.texts = texts;
    this.#importsByFile = new Map(
      [...texts].map(([file, text]) => [
        file,
        findImports(text).map((specifier) => ({ file, target: resolveImport(file, specifier) })),
      ]),
    );
  }

  get files(): string[] {
    return [...this.texts.keys()];
  }

  get imports(): Import[] {
    return [...this.#importsByFile.values()].flat();
  }

  /** What a file imports of the project's own files. */
  ownImportsOf(file: string): string[] {
    return (this.#importsByFile.get(file) ?? []).map(({ target }) => target).filter(isOwnFile);
  }

  /** The given files, and every file that they import directly or through others. */
  reachableFrom(files: readonly string[]): Set<string> {
    const reached = new Set(files);
    for (const file of reached) for (const target of this.ownImportsOf(file)) reached.add(target);
    return reached;
  }

  /** The shortest cycle through each group of files that import each other: `a -> b -> a`. */
  findCycles(): string[] {
    const seen = new Set<string>();
    return this.files.flatMap((file) => {
      const cycle = seen.has(file) ? undefined : this.#shortestCycle(file);
      for (const member of cycle ?? []) seen.add(member);
      return cycle === undefined ? [] : [[...cycle, file].join(' -> ')];
    });
  }

  #shortestCycle(start: string): string[] | undefined {
    const paths = new Map<string, string[]>([[start, [start]]]);
    for (const [file, path] of paths) {
      for (const target of this.ownImportsOf(file)) {
        if (target === start) return path;
        if (!paths.has(target)) paths.set(target, [...path, target]);
      }
    }
    return undefined;
  }
}

export function isOwnFile(target: string): boolean {
  return target.startsWith('..') || CODE_FOLDERS.some((folder) => target.startsWith(`${folder}/`));
}

export function findImports(text: string): string[] {
  const code = withoutComments(text);
  const imports = code.matchAll(
    /\b(?:import|export)\s(?:[^'"`;()]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  const urls = code.matchAll(/\bnew URL\(([^()]+),\s*import\.meta\.url/g);
  const started = [...urls].flatMap(([, names = '']) => [...names.matchAll(/'([^']+\.(?:ts|mjs))'/g)]);
  return [
    ...[...imports].map(([, from, dynamic]) => from ?? dynamic ?? ''),
    ...started.map(([, name = '']) => (name.startsWith('.') ? name : `./${name}`)),
  ];
}

export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function resolveImport(file: string, specifier: string): string {
  return specifier.startsWith('.') ? withSlashes(join(dirname(file), specifier)) : specifier;
}

function readTexts(): ReadonlyMap<string, string> {
  const paths = CODE_FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter(({ name }) => /\.m?ts$|\.mjs$/.test(name) && !name.endsWith('.d.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes('node_modules') && !path.includes('cdk.out')),
  );
  return new Map(paths.map((path) => [withSlashes(relative(ROOT, path)), readFileSync(path, 'utf8')]));
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}
