import Table from 'cli-table3';
import { colorsFor } from '../../cli/terminal/colors.ts';
import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import type { ProgressScreen } from '../support/progress-screen.ts';
import type { Drill } from './drills.ts';
import { type DrillResult, runDrill } from './run-drill.ts';
import { runExpired } from './run-expired.ts';
import { runFirstDeployments } from './run-first-deployment.ts';
import { runFleetMonth } from './run-fleet-month.ts';
import { type HealthyResult, runHealthy } from './run-healthy.ts';
import { runIncidents } from './run-incidents.ts';
import { runTroubles } from './run-troubles.ts';
import { TROUBLES, type Trouble } from './troubles.ts';

const pc = colorsFor(process.stdout, process.env);

/**
 * Runs the drills, first deployments, stories of a running system, healthy days and days of a fleet of 500, and prints the results.
 * With 0 days, there are only drills; the stories can be left out. Returns the exit code: 0 passed, 1 failed.
 */
export async function runAll(
  {
    drills,
    days,
    fleetDays = 0,
    hasStories = days > 0,
    troubles = [],
  }: {
    readonly drills: readonly Drill[];
    readonly days: number;
    readonly fleetDays?: number;
    readonly hasStories?: boolean;
    /** Some stories of a running system, without the others. */
    readonly troubles?: readonly Trouble[];
  },
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<0 | 1> {
  const problems: string[] = [];
  if (drills.length > 0) problems.push(...(await drillEach(drills, definitions, screen)));
  if (hasStories) {
    problems.push(...(await drillFirstDeployments(definitions, screen)));
    problems.push(...(await drillIncidents(definitions, screen)));
    problems.push(...(await drillExpired(definitions, screen)));
    problems.push(...(await drillTroubles(TROUBLES, definitions, screen)));
  }
  if (troubles.length > 0) problems.push(...(await drillTroubles(troubles, definitions, screen)));
  if (days > 0) problems.push(...(await drillHealthyDays(days, definitions, screen)));
  if (fleetDays > 0) problems.push(...(await drillFleet(fleetDays, definitions, screen)));
  for (const problem of problems) screen.line(`${pc.red('FAIL')}  ${problem}`);
  if (problems.length > 0) return 1;
  screen.line(`${pc.green('PASS')}  every alarm goes off in time for its fault, and ends`);
  return 0;
}

async function drillEach(
  drills: readonly Drill[],
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<string[]> {
  const results: DrillResult[] = [];
  for (const [index, drill] of drills.entries()) {
    screen.progress(`drill ${index + 1} of ${drills.length}: ${drill.alarm}`);
    results.push(await runDrill(drill, definitions));
  }
  screen.line(tableOfDrills(results));
  return results.flatMap(({ fault, problems }) => problems.map((text) => `${fault}: ${text}`));
}

async function drillIncidents(
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<readonly string[]> {
  screen.progress('revoked connections that no one fixes');
  const { published, pagesOfSystem, problems } = await runIncidents(definitions);
  screen.line(
    `two revoked connections, then a stopped schedule: ${published.length} notifications by name, ${pagesOfSystem} of the system`,
  );
  return problems;
}

async function drillExpired(
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<readonly string[]> {
  screen.progress('a token that is never renewed');
  const { pages, problems } = await runExpired(definitions);
  screen.line(`a token that is never renewed, then a stopped schedule: ${pages.length} pages`);
  return problems;
}

async function drillTroubles(
  troubles: readonly Trouble[],
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<readonly string[]> {
  screen.progress('stories of a running system');
  const results = await runTroubles(definitions, troubles);
  const table = emptyTable(['story', 'to page', 'to ticket']);
  for (const { story, sent, problems } of results)
    table.push([`${markOf(problems)} ${story}`, sent.page, sent.ticket]);
  screen.line(table.toString());
  return results.flatMap(({ story, problems }) => problems.map((text) => `${story}: ${text}`));
}

async function drillFleet(
  days: number,
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<readonly string[]> {
  const result = await runFleetMonth(definitions, days, (day) =>
    screen.milestone(`day ${day} of ${days} of a fleet`),
  );
  const { connections, refreshes, noise, parked, pages, tickets, problems } = result;
  const table = emptyTable([
    'days of a fleet',
    'connections',
    'refreshes',
    'failed',
    'parked',
    'to page',
    'to ticket',
  ]);
  table.push([
    `${markOf(problems)} ${days}`,
    ...[connections, refreshes, noise, parked, pages, tickets].map((count) => count.toLocaleString('en')),
  ]);
  screen.line(table.toString());
  return problems;
}

async function drillFirstDeployments(
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<readonly string[]> {
  screen.progress('first deployments');
  const results = await runFirstDeployments(definitions);
  const table = emptyTable(['first deployment', 'pages', 'RefresherSilent']);
  for (const { story, pages, notifications, problems } of results)
    table.push([`${markOf(problems)} ${story}`, pages, notifications]);
  screen.line(table.toString());
  return results.flatMap(({ story, problems }) => problems.map((text) => `${story}: ${text}`));
}

async function drillHealthyDays(
  days: number,
  definitions: readonly AlarmDefinition[],
  screen: ProgressScreen,
): Promise<readonly string[]> {
  const result = await runHealthy(definitions, 24 * days, (hour) => {
    if (hour % 24 === 0) screen.milestone(`healthy day ${hour / 24} of ${days}`);
    screen.progress(`healthy day ${Math.ceil(hour / 24)} of ${days}, hour ${((hour - 1) % 24) + 1}`);
  });
  screen.line(tableOfDays(days, result));
  return result.problems;
}

function tableOfDrills(results: readonly DrillResult[]): string {
  const seconds = (value: number | undefined) => (value === undefined ? pc.red('never') : `${value} s`);
  const table = emptyTable(['alarm', 'fault', 'to ALARM', 'to OK', 'others']);
  for (const { alarm, fault, secondsToAlarm, secondsToOk, others, problems } of results) {
    table.push([
      `${markOf(problems)} ${alarm}`,
      fault,
      seconds(secondsToAlarm),
      seconds(secondsToOk),
      others.join(', ') || '-',
    ]);
  }
  return table.toString();
}

function tableOfDays(
  days: number,
  { refreshes, failures, calls, stray401s, alarms, problems }: HealthyResult,
): string {
  const table = emptyTable(['healthy days', 'refreshes', 'failed', 'calls of Zoho', 'stray 401s', 'alarms']);
  const counts = [refreshes, failures, calls, stray401s].map((count) => count.toLocaleString('en'));
  const names = [...new Set(alarms.map(({ alarm }) => alarm))];
  table.push([`${markOf(problems)} ${Number(days.toFixed(1))}`, ...counts, names.join(', ') || 'none']);
  return table.toString();
}

function emptyTable(head: string[]) {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}

function markOf(problems: readonly string[]): string {
  return problems.length === 0 ? pc.green('✓') : pc.red('✗');
}
