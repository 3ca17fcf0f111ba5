import { describe, expect, test } from 'vitest';
import { STORM_STORIES } from '../../simulation/fleets/storm-stories.ts';

describe.each(STORM_STORIES)('when $name', ({ tell }) => {
  test('each is replaced once, no minted token is lost, and no renewal is late', async () => {
    expect(await tell()).toEqual([]);
  }, 60_000);
});
