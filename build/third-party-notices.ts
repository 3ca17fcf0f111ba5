import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { DIST, ROOT } from './entries.ts';

/** A package of which a bundle contains code. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** Its SPDX ID. */
  readonly license: string;
  /** Its license and notices, as it ships them. Empty if it ships none. */
  readonly text: string;
}

/** Writes the licenses of everything that the bundles contain. Licenses such as MIT and Apache-2.0 ask to pass them on. */
export function writeNotices(bundles: readonly Metafile[]): void {
  const packages = bundledFolders(bundles).map(readPackage);
  writeFileSync(join(DIST, 'THIRD-PARTY-NOTICES.txt'), renderNotices(packages));
}

/** Folders of the packages from which a bundle has at least one file, from the root of the project. */
export function bundledFolders(bundles: readonly Pick<Metafile, 'inputs'>[]): readonly string[] {
  const folders = bundles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .flatMap((path) => PACKAGE_FOLDER.exec(path)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** The folder of the innermost package of a path. */
const PACKAGE_FOLDER = /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/;

/** Packages with the same text share it. */
export function renderNotices(packages: readonly BundledPackage[]): string {
  const byText = new Map<string, string[]>();
  for (const { name, version, license, text } of packages) {
    const names = byText.get(text) ?? [];
    byText.set(text, [...names, `${name} ${version} (${license})`]);
  }
  const sections = [...byText].map(
    ([text, names]) => `${[...new Set(names)].join('\n')}\n\n${text || 'No license text in the package.'}`,
  );
  return [INTRODUCTION, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`).concat('\n');
}

const INTRODUCTION =
  'The functions, the construct and the command line of Zoho Token Refresher contain code of these packages.';

function readPackage(folder: string): BundledPackage {
  const path = join(ROOT, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Record<
    'name' | 'version' | 'license',
    string
  >;
  const texts = readdirSync(path)
    .filter((file) => NOTICE.test(file))
    .sort()
    .map((file) => readFileSync(join(path, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, license, text: texts.join('\n\n') };
}

const NOTICE = /^(?:licen[cs]e|notice|copying)\b(?!.*\.[cm]?[jt]s$)/i;
