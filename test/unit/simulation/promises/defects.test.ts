import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { editedSource } from '../../../simulation/bundle.ts';
import { DEFECTS } from '../../../simulation/promises/all.ts';

test.each(DEFECTS)(
  'the defect "$name" changes lines that exist once, and leaves valid TypeScript',
  async ({ edits }) => {
    for (const { file } of edits) {
      const source = await editedSource(file, edits);

      await expect(transform(source, { loader: 'ts' })).resolves.toHaveProperty('warnings');
    }
  },
);
