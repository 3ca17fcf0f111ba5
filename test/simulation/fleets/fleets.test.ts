import { describe, expect, test } from 'vitest';
import { STORM_STORIES } from './storm-stories.ts';

describe.each(STORM_STORIES)('when $name', ({ tell }) => {
  test('nothing is lost and no one waits for others', async () => {
    expect(await tell()).toEqual([]);
  }, 30_000);
});
