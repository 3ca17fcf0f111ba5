import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { DRILLS, type Drill } from '../drill/drills.ts';
import { readDrillAlarms } from '../drill/monitored-deployment.ts';
import { runAll } from '../drill/run-all.ts';
import { runDrill } from '../drill/run-drill.ts';
import { runFirstDeployments } from '../drill/run-first-deployment.ts';
import { runFleetMonth } from '../drill/run-fleet-month.ts';
import { runHealthy } from '../drill/run-healthy.ts';
import { runTroubles } from '../drill/run-troubles.ts';
import { TROUBLES } from '../drill/troubles.ts';
import { ProgressScreen } from '../support/progress-screen.ts';

let definitions: readonly AlarmDefinition[];
beforeAll(() => {
  definitions = readDrillAlarms();
});

const SLOW = { timeout: 180_000 };

const silent = DRILLS.find(({ alarm }) => alarm === 'RefresherSilent') as Drill;

describe('the fire drill', () => {
  it('has a fault for every alarm that is not of a single connection', () => {
    const names = definitions
      .map(({ name }) => name.replace('ZohoTokenRefresher-', ''))
      .filter(
        (name) => !['page', 'RefresherStarted'].includes(name) && !name.startsWith('UnauthorizedSpike-'),
      );

    expect([...new Set(DRILLS.map(({ alarm }) => alarm))].sort()).toEqual(names.sort());
  });

  it('passes when the alarm goes off in time and ends', async () => {
    const result = await runDrill(silent, definitions);

    expect(result).toMatchObject({ problems: [], secondsToAlarm: 300, others: [] });
  });

  it.each([
    ['does not go off', { treatMissingData: 'notBreaching' as const }, /did not go off/],
    [
      'goes off late',
      { evaluationPeriods: 8, datapointsToAlarm: 8 },
      /went off after \d+ s, 300 s are allowed/,
    ],
  ])('fails when the alarm %s', async (_, change, fault) => {
    const result = await runDrill(silent, changed('RefresherSilent', change));

    expect(result.problems).toEqual([expect.stringMatching(fault)]);
  });

  it('fails when the alarm does not end', async () => {
    const result = await runDrill(
      { ...silent, inject: (drill) => silent.inject(drill).then(() => () => {}) },
      definitions,
    );

    expect(result.problems).toContain('RefresherSilent did not end');
  });

  it('fails when another alarm goes off unexpectedly', async () => {
    const revoked = DRILLS.find(({ also }) => 'UnauthorizedSpike' in also) as Drill;

    const result = await runDrill({ ...revoked, also: {} }, definitions);

    expect(result.problems).toEqual(['UnauthorizedSpike went off unexpectedly']);
  });
});

describe('stories of a running system', SLOW, () => {
  const withoutToken = TROUBLES.filter(({ story }) => story.includes('one connection of two'));

  it('fail when a problem is not notified, or something else is', async () => {
    const deaf = definitions.map((definition) =>
      definition.name.endsWith('TokenExpiringSoon')
        ? { ...definition, actions: { ...definition.actions, ALARM: [] } }
        : definition,
    );

    const [result] = await runTroubles(deaf, withoutToken);

    expect(result?.problems).toEqual(['"ALARM: TokenExpiringSoon" reached the page topic 0 times, not 1']);
  });

  it('count a connection that is blocked twice if its consumers set off an alarm as well', async () => {
    const noisy = changed('UnauthorizedSpike-crm-prod', { watchedId: 'unauthorized', threshold: 2 });
    const first = TROUBLES.filter(({ story }) => story.includes('notice it first'));

    const [result] = await runTroubles(noisy, first);

    expect(result?.problems[0]).toBe(
      '"ALARM: UnauthorizedSpike-crm-prod" reached the page topic 1 times, not 0',
    );
  });
});

describe('a fleet of 500', SLOW, () => {
  it('fails when one tenant is enough for an alarm', async () => {
    const result = await runFleetMonth(changed('RefreshFailing', { threshold: 0.001 }), 1, () => {});

    expect(result.problems.join()).toContain('reached the ticket topic 1 times, not 0');
  });
});

describe('first deployments', { timeout: 180_000 }, () => {
  it('fail when one heartbeat is enough for RefresherStarted: alarms are evaluated at different seconds', async () => {
    const results = await runFirstDeployments(
      changed('RefresherStarted', { threshold: 1, evaluationPeriods: 1, datapointsToAlarm: 1 }),
    );

    expect(results.flatMap(({ problems }) => problems)).toContain(
      'RefresherStarted is set in the minute in which RefresherSilent ends',
    );
  });

  it('fail when RefresherSilent pages from the beginning', async () => {
    const started = changed('RefresherStarted', { treatMissingData: 'notBreaching' });

    const [healthy, late] = await runFirstDeployments(started);

    expect(healthy?.problems).toEqual([]);
    expect(late?.problems).toContain('paged 1 times, not 0');
  });
});

/** Long enough for both kinds of noise. */
const NOISY_HOURS = 10;
const ON_ANY_401 = { watchedId: 'unauthorized', threshold: 0 };
const CLEAR_LINE = '\r\x1b[K';

describe('healthy hours', SLOW, () => {
  it('fail when they had no noise', async () => {
    const result = await runHealthy(definitions, 1, () => {});

    expect(result.problems).toEqual([
      'no refresh failed: without noise the healthy hours prove nothing',
      'no call got a stray 401: without noise the healthy hours prove nothing',
    ]);
  });
});

describe('npm run drill', SLOW, () => {
  it('passes and prints how long each alarm took', async () => {
    const { screen, stdout, stderr } = screenOn({ isTTY: false });

    const exitCode = await runAll({ drills: [silent], days: 0 }, definitions, screen);

    expect(exitCode).toBe(0);
    expect(stdout()).toMatch(/✓ RefresherSilent .* 300 s /);
    expect(stdout()).toContain('PASS');
    expect(stderr()).toBe('');
  });

  it('fails when healthy hours raise an alarm, and names it under their totals', async () => {
    const { screen, stdout } = screenOn({ isTTY: false });

    const exitCode = await runAll(
      { drills: [], days: NOISY_HOURS / 24, hasStories: false },
      changed('UnauthorizedSpike', ON_ANY_401),
      screen,
    );

    expect(exitCode).toBe(1);
    expect(cellsUnder(stdout(), 'healthy days')).toEqual([
      '✗ 0.4',
      expect.stringMatching(/^2\d$/),
      '1',
      '36,900',
      '3',
      'ZohoTokenRefresher-UnauthorizedSpike',
    ]);
    expect(stdout()).toContain('FAIL  ZohoTokenRefresher-UnauthorizedSpike went off in healthy hours');
    expect(stdout().match(/FAIL/g)).toHaveLength(1);
    expect(stdout()).not.toContain('PASS');
  });
});

describe('the progress screen', () => {
  it('overwrites one line on a terminal, not too often, and clears it for a result', () => {
    const { screen, stdout, stderr, passMs } = screenOn({ isTTY: true });

    screen.progress('drill 1 of 2');
    passMs(199);
    screen.progress('too soon');
    passMs(801);
    screen.progress('drill 2 of 2');
    screen.milestone('healthy day 1 of 1');
    screen.line('result');

    expect(stderr().split(CLEAR_LINE)).toEqual(['', 'drill 1 of 2, 0 s', 'drill 2 of 2, 1 s', '']);
    expect(stdout()).toBe('result\n');
  });

  it('prints only milestones in a pipe', () => {
    const { screen, stdout, stderr } = screenOn({ isTTY: false });

    screen.progress('drill 1 of 2');
    screen.line('result');
    screen.milestone('healthy day 1 of 1');

    expect(stderr()).toBe('healthy day 1 of 1, 0 s\n');
    expect(stdout()).toBe('result\n');
  });
});

function screenOn({ isTTY }: { readonly isTTY: boolean }) {
  let nowMs = 0;
  const written = { stdout: '', stderr: '' };
  const streamTo = (name: 'stdout' | 'stderr') => ({
    isTTY,
    write: (text: string) => {
      written[name] += withoutColours(text);
    },
  });
  return {
    screen: new ProgressScreen(streamTo('stdout'), streamTo('stderr'), { nowMs: () => nowMs }),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    passMs: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** Colours are on or off by the environment. What clears a line stays. */
function withoutColours(text: string): string {
  return text.split(CLEAR_LINE).map(stripVTControlCharacters).join(CLEAR_LINE);
}

/** The first row of the table whose head begins with these words. */
function cellsUnder(text: string, head: string): string[] {
  const lines = text.split('\n');
  const row = lines[lines.findIndex((line) => line.startsWith(`│ ${head}`)) + 2] ?? '';
  return row
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function changed(alarm: string, change: Partial<AlarmDefinition & { kind: 'metric' }>): AlarmDefinition[] {
  return definitions.map((definition) =>
    definition.name === `ZohoTokenRefresher-${alarm}` && definition.kind === 'metric'
      ? { ...definition, ...change }
      : definition,
  );
}
