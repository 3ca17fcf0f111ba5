import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { bundleWorker } from '../simulation/bundle.ts';
import { findDefect } from '../simulation/find-defects.ts';
import { DEFECTS } from '../simulation/promises/all.ts';
import type { Defect } from '../simulation/promises/defect.ts';
import { seedsFrom } from '../simulation/run-seeds.ts';
import { WorldThread } from '../simulation/world-thread.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Only two, because each takes a bundle and threads of its own. `npm run simulate -- --mutants` finds them all. */
const FOUND_HERE = ['no lease', 'the publish is not fenced'] as const;

describe('a planted defect', () => {
  test.each(FOUND_HERE)('is found: %s', async (name) => {
    const defect = defectNamed(name);

    const thread = new WorldThread();
    const { caughtBy } = await findDefect(defect, DEFECTS.indexOf(defect), {
      seeds: seedsFrom(1, 60),
      thread,
    });
    await thread.end();

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

  it('has at least twenty defects with unique names', () => {
    expect(DEFECTS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
  });

  it('is rejected when the source has changed', async () => {
    const stale = [{ file: 'lambdas/core/connection/lease.ts', find: 'no such text', replace: '' }];

    await expect(bundleWorker('stale', stale)).rejects.toThrow('occurs 0 times');
  });
});

function defectNamed(name: string): Defect {
  const defect = DEFECTS.find((each) => each.name === name);
  if (defect === undefined) throw new Error(`There is no defect "${name}".`);
  return defect;
}
