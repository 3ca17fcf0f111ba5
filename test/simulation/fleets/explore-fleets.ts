import { CLIENT_STORIES } from './client-stories.ts';
import { STORM_STORIES } from './storm-stories.ts';
import type { Story } from './story.ts';
import { TICK_STORIES } from './tick-stories.ts';

/** Every story about connections that could delay each other. */
export const FLEET_STORIES: readonly Story[] = [...TICK_STORIES, ...CLIENT_STORIES, ...STORM_STORIES];

/** Tells every story until one goes wrong. Returns what went wrong: `story: what`. */
export async function exploreFleets(): Promise<readonly string[]> {
  for (const { name, tell } of FLEET_STORIES) {
    const problems = await tell();
    if (problems.length > 0) return problems.map((problem) => `${name}: ${problem}`);
  }
  return [];
}
