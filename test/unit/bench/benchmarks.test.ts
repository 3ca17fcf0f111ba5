import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BENCHMARKS } from '../../bench/benchmarks.ts';

it('docs/performance.md has the goals of every benchmark, in order', () => {
  const text = readFileSync(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `([\w-]+)` \| .+ \| (?:at most|at least|exactly) .+ \|$/gm)];

  expect(listed.map(([, name]) => name)).toEqual(Object.keys(BENCHMARKS));
});
