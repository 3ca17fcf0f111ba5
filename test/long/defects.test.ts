import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { bundleWorker } from '../simulation/bundle.ts';
import { findDefect } from '../simulation/find-defects.ts';
import { DEFECTS } from '../simulation/promises/all.ts';
import type { Defect } from '../simulation/promises/defect.ts';
import { seedsFrom } from '../simulation/run-seeds.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A handful, since each takes a bundle and a thread of its own; `npm run simulate -- --mutants` finds them all. */
const FOUND_HERE = ['no lease', 'the publish is not fenced'] as const;

describe('a deliberate defect', () => {
  test.each(FOUND_HERE)('is found: %s', async (name) => {
    const defect = defectNamed(name);

    const { caughtBy } = await findDefect(defect, DEFECTS.indexOf(defect), { seeds: seedsFrom(1, 60) });

    expect(defect.breaks).toContain(caughtBy?.violation.promise);
  });
});

describe('the list of defects', () => {
  test.each(DEFECTS.map((defect) => [defect.name, defect] as const))(
    'fits the source: %s',
    (_, { edits }) => {
      for (const { file, find, replace } of edits) {
        expect(readFileSync(`${ROOT}/${file}`, 'utf8').split(find)).toHaveLength(2);
        expect(replace).not.toBe(find);
      }
    },
  );

  it('has at least the twenty that were asked for, each with a name of its own', () => {
    expect(DEFECTS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
  });

  it('is refused when the source has changed under it', async () => {
    const stale = [{ file: 'lambdas/core/connection/lease.ts', find: 'no such text', replace: '' }];

    await expect(bundleWorker('stale', stale)).rejects.toThrow('where it stands 0 times');
  });
});

function defectNamed(name: string): Defect {
  const defect = DEFECTS.find((each) => each.name === name);
  if (defect === undefined) throw new Error(`There is no defect "${name}".`);
  return defect;
}
