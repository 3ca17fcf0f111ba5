import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEFECTS } from '../../../simulation/promises/all.ts';

test.each(DEFECTS)('the defect "$name" quotes lines that exist once', ({ edits }) => {
  for (const { file, find } of edits)
    expect(readFileSync(file, 'utf8').split(find), `${find} in ${file}`).toHaveLength(2);
});
