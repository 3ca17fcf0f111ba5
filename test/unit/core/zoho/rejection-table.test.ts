import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REJECTION_TABLE } from '../../../../lambdas/core/zoho/rejection-table.ts';
import { renderRejections } from '../../../support/rejections-documentation.ts';

const JSON_FOR_OTHER_LANGUAGES = new URL('../../../../docs/zoho-rejections.json', import.meta.url);

test('the JSON for other languages is the table: run `npm run docs`', () => {
  const written = readFileSync(JSON_FOR_OTHER_LANGUAGES, 'utf8');

  expect(written).toBe(renderRejections());
  expect(JSON.parse(written)).toEqual(REJECTION_TABLE);
});

test('numbers count only for a product, by its host or path', () => {
  const numeric = REJECTION_TABLE.filter(({ body }) => /\d/.test(body));

  expect(numeric).toHaveLength(10);
  for (const { where } of numeric) expect(where).toMatch(/^\^/);
});

test('no row about the token stands before one that is not, so that the first row that matches decides', () => {
  const firstAboutToken = REJECTION_TABLE.findIndex(({ verdict }) => verdict === 'token');

  expect(REJECTION_TABLE.slice(firstAboutToken).map(({ verdict }) => verdict)).not.toContain('not-the-token');
});

const codes = REJECTION_TABLE.flatMap(({ body }) => {
  const [, words, number] = /^\[">\]\(([^)]+)\)|\)(\d+)"/.exec(body) ?? [];
  return words?.split('|') ?? (number === undefined ? [] : [number]);
});

test.each(['docs/consuming-tokens.md', 'docs/runbooks/UnauthorizedSpike.md'])(
  '%s names every code',
  (page) => {
    const text = readFileSync(new URL(`../../../../${page}`, import.meta.url), 'utf8');

    expect(codes).toHaveLength(21);
    expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(text))).toEqual([]);
  },
);
