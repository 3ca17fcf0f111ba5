import { STORY_CONNECTIONS, type Story } from './story.ts';
import { formatDuration, type StoryScreen } from './story-screen.ts';

/** Prints what the story came to. True when every connection always had a valid token when it should have. */
export function summarize(story: Story, screen: StoryScreen, tookMs: number): boolean {
  const { world, time } = story;
  const rows = Object.entries(STORY_CONNECTIONS).map(([name, { dataCenter }]) => {
    const calls = world.zoho.tokenCalls.filter((call) => call.dataCenter === dataCenter);
    const mints = calls.filter(({ outcome }) => outcome === 'minted').length;
    const { expected, excused } = time.watch.secondsWithout(name);
    return {
      isGood: expected === 0,
      cells: [
        name,
        dataCenter,
        `${mints}`,
        `${calls.length - mints}`,
        `${time.refreshes.get(name) ?? 0}`,
        `${expected}`,
        `${excused}`,
      ],
    };
  });
  const head = [
    'connection',
    'data center',
    'mints',
    'refused',
    'published',
    's without token',
    's while revoked',
  ];
  screen.chapter('Summary');
  screen.table(
    head,
    rows.map(({ cells }) => cells),
  );
  const { costs, oldestReplacedMs } = time;
  screen.line(`oldest token replaced: ${formatDuration(oldestReplacedMs)}`);
  screen.line(
    `calls per refresh:     ${costs.awsPerRefresh} of AWS, ${costs.zohoPerRefresh} of Zoho; an idle tick: ${costs.idleTick} of AWS`,
  );
  screen.line(`six simulated hours in ${(tookMs / 1000).toFixed(1)} s`);
  screen.line();
  const isGood = rows.every((row) => row.isGood);
  screen.line(
    isGood
      ? 'PASS  every connection had a valid token whenever Zoho allowed it one'
      : 'FAIL  a connection that should have had a valid token did not',
  );
  return isGood;
}
