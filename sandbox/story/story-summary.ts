import { STORY_CONNECTIONS, type Story } from './story.ts';
import { formatDuration, type StoryScreen } from './story-screen.ts';

/** Prints the summary. Returns true if every connection had a valid token when it should have, and no user saw a 401. */
export function summarize(story: Story, screen: StoryScreen, tookMs: number): boolean {
  const { deployment, time, consumers } = story;
  const rows = Object.entries(STORY_CONNECTIONS).map(([name, { dataCenter }]) => {
    const calls = deployment.zoho.tokenCalls.filter((call) => call.dataCenter === dataCenter);
    const mints = calls.filter(({ outcome }) => outcome === 'minted').length;
    const { expected, excused } = time.watch.secondsWithout(name);
    const seen = consumers.resultsOf(name);
    return {
      isGood: expected === 0 && seen.rejected === 0,
      cells: [
        name,
        `${mints}`,
        `${calls.length - mints}`,
        `${time.refreshes.get(name) ?? 0}`,
        `${expected}`,
        `${seen.calls}`,
        `${seen.rejected}`,
        excused === 0 ? '' : `${excused} s, ${seen.rejectedWhileExcused} failed`,
      ],
    };
  });
  const head = [
    'connection',
    'minted',
    'refused',
    'published',
    's without token',
    'API calls',
    '401s seen',
    'while revoked',
  ];
  screen.chapter('Summary');
  screen.table(
    head,
    rows.map(({ cells }) => cells),
  );
  const { costs, oldestReplacedMs } = time;
  screen.line(`oldest valid token replaced: ${formatDuration(oldestReplacedMs)}`);
  screen.line(
    `calls per refresh:     ${costs.awsPerRefresh} of AWS, ${costs.zohoPerRefresh} of Zoho; an idle tick: ${costs.idleTick} of AWS`,
  );
  screen.line(`six simulated hours in ${(tookMs / 1000).toFixed(1)} s`);
  screen.line();
  const isGood = rows.every((row) => row.isGood);
  screen.line(
    isGood
      ? 'PASS  every connection had a valid token whenever Zoho allowed it one, and no user saw a 401'
      : 'FAIL  a connection that should have had a valid token did not, or a user saw a 401',
  );
  return isGood;
}
