import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './architecture/source-tree.ts';

/** Sites that documents may link to: vendors' documentation, standards, and code. A new site is a decision. */
const SITES = [
  'api-console.zoho.com',
  'aws.amazon.com',
  'cetinich.net',
  'docs.aws.amazon.com',
  'docs.nango.dev',
  'nango.dev',
  'github.com',
  'keepachangelog.com',
  'nodejs.org',
  'semver.org',
  'www.conventionalcommits.org',
  'www.zoho.com',
];

const DOCUMENTS = ['', 'docs', 'docs/runbooks', 'examples', '.github', '.github/ISSUE_TEMPLATE'].flatMap(
  (folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => /\.(?:md|yml)$/.test(name))
      .map((name) => join(folder, name)),
);

/** A private site that is cited, and has no https. */
const HTTP_ONLY = ['cetinich.net'];

/** Links of markdown and YAML to other sites. Code is left out: its addresses are examples. */
function externalLinks(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8')
    .replace(/^ *```[\s\S]*?^ *```$/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\((https?:[^)\s]*)\)|\burl: (\S+)/g)].map(([, link, url]) => link ?? url ?? '');
}

const LINKS = DOCUMENTS.flatMap((path) => externalLinks(path).map((link) => ({ path, link })));

test('documents link to other sites over https, without credentials, and in a normal form', () => {
  const odd = LINKS.filter(({ link }) => {
    const { protocol, hostname, username, port, href } = new URL(link);
    const isSecure = protocol === 'https:' || HTTP_ONLY.includes(hostname);
    return !isSecure || username !== '' || port !== '' || ![link, `${link}/`].includes(href);
  });

  expect(LINKS.length).toBeGreaterThan(40);
  expect(odd).toEqual([]);
});

test('documents link only to sites on the list', () => {
  expect(LINKS.filter(({ link }) => !SITES.includes(new URL(link).hostname))).toEqual([]);
});
