import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { editedSource } from '../../../simulation/bundle.ts';
import { seedsOf } from '../../../simulation/find-defects.ts';
import { DEFECTS } from '../../../simulation/promises/all.ts';
import { KNOWN_SEEDS } from '../../../simulation/promises/known-seeds.ts';
import { World } from '../../../simulation/world.ts';

test.each(DEFECTS)(
  'the defect "$name" changes lines that exist once, and leaves valid TypeScript',
  async ({ edits }) => {
    for (const { file } of edits) {
      const source = await editedSource(file, edits);

      await expect(transform(source, { loader: 'ts' })).resolves.toHaveProperty('warnings');
    }
  },
);

test('a seed that is known to find a defect is tried first, and then all seeds', () => {
  const [[name = '', known] = []] = Object.entries(KNOWN_SEEDS);
  const defect = { name, breaks: [], edits: [], foundIn: [], store: 'secrets-manager' as const };

  expect([...seedsOf(defect, { from: 1, count: 2, SimulatedWorld: World })]).toEqual([known, 1, 2]);
  expect([...seedsOf({ ...defect, name: 'none' }, { from: 1, count: 2, SimulatedWorld: World })]).toEqual([
    1, 2,
  ]);
});

test('every known seed is that of a defect', () => {
  const names = DEFECTS.map(({ name }) => name);

  expect(Object.keys(KNOWN_SEEDS).filter((name) => !names.includes(name))).toEqual([]);
});
