import { describe, expect, test } from 'vitest';
import { editedSource } from '../bundle.ts';
import { CLIENT_STORIES } from './client-stories.ts';
import { FLEET_DEFECTS } from './fleet-defects.ts';
import { TICK_STORIES } from './tick-stories.ts';

describe.each([...TICK_STORIES, ...CLIENT_STORIES])('when $name', ({ tell }) => {
  test('nothing is lost, and no one waits for others', async () => {
    expect(await tell()).toEqual([]);
  }, 60_000);
});

test.each(FLEET_DEFECTS)('the text of the defect is in the source: %s', async (_, edit) => {
  await expect(editedSource(edit.file, [edit])).resolves.toContain(edit.replace);
});
