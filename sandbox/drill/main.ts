import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';
import { readDrillAlarms } from './drill-world.ts';
import { DRILLS, type Drill } from './drills.ts';
import { type DrillResult, runDrill, runHealthy, runOutage } from './run-drill.ts';

const USAGE = `Injects the fault behind each alarm and evaluates the synthesized template's own alarms over what the real handlers measured.

Usage: npm run drill [-- --only WORDS] [--quick] [--days N]

  --only WORDS   the drills whose alarm or fault has these words
  --quick        without the healthy days and the outage
  --days N       healthy days, with ordinary noise (default: 1; a week takes some minutes)

Exit codes: 0 every alarm went off, in time, and recovered, and a healthy day raised none; 1 not so; 2 wrong usage.`;

/** `npm run drill`. */
async function main(args: readonly string[]): Promise<number> {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  let options: { only?: string; quick?: boolean; days?: string; help?: boolean };
  try {
    options = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean' },
        days: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  if (options.help === true) {
    write(USAGE);
    return 0;
  }
  const days = Number(options.days ?? '1');
  if (!Number.isInteger(days) || days < 1 || days > 31) {
    process.stderr.write(`--days must be a whole number from 1 to 31, is "${options.days}".\n\n${USAGE}\n`);
    return 2;
  }
  const drills = DRILLS.filter((drill) => matches(drill, options.only ?? ''));
  if (drills.length === 0) {
    process.stderr.write(`No drill has the words "${options.only}".\n\n${USAGE}\n`);
    return 2;
  }
  const definitions = readDrillAlarms();
  const results: DrillResult[] = [];
  for (const drill of drills) {
    process.stderr.write(pc.dim(`${drill.alarm}: ${drill.fault}\n`));
    results.push(await runDrill(drill, definitions));
  }
  write(tableOf(results));
  const faults = results.flatMap(({ fault, faults: each }) => each.map((text) => `${fault}: ${text}`));
  if (options.quick !== true && options.only === undefined)
    faults.push(...(await drillTheRest(definitions, days, write)));
  for (const fault of faults) write(`${pc.red('FAIL')}  ${fault}`);
  if (faults.length === 0)
    write(`${pc.green('PASS')}  every alarm goes off in time, for its fault, and ends`);
  return faults.length === 0 ? 0 : 1;
}

async function drillTheRest(
  definitions: ReturnType<typeof readDrillAlarms>,
  days: number,
  write: (line: string) => void,
): Promise<string[]> {
  const { pages, isOver } = await runOutage(definitions);
  write(
    `an hour without Zoho: ${pages} page${pages === 1 ? '' : 's'}, ${isOver ? 'over by itself' : 'not over'}`,
  );
  const { alarms, refreshes, failures } = await runHealthy(definitions, days, (hour) => {
    if (hour % 6 === 0) process.stderr.write(pc.dim(`healthy days: ${hour} h\n`));
  });
  const rang = alarms.length === 0 ? 'no alarm' : alarms.map(({ alarm }) => alarm).join(', ');
  write(
    `${days} healthy day${days === 1 ? '' : 's'}, ${refreshes} refreshes, ${failures} failed, stray 401s: ${rang}`,
  );
  return [
    pages === 1 ? [] : [`an hour without Zoho paged ${pages} times`],
    isOver ? [] : ['an hour without Zoho did not end by itself'],
    alarms.map(({ alarm }) => `${alarm} went off although all was well`),
  ].flat();
}

function matches({ alarm, fault }: Drill, words: string): boolean {
  return `${alarm} ${fault}`.toLowerCase().includes(words.toLowerCase());
}

function tableOf(results: readonly DrillResult[]): string {
  const seconds = (value: number | undefined) => (value === undefined ? pc.red('never') : `${value} s`);
  const table = new Table({
    head: ['alarm', 'fault', 'to ALARM', 'to OK', 'others'],
    style: { head: [], border: [], compact: true },
  });
  for (const { alarm, fault, secondsToAlarm, secondsToOk, others, faults } of results) {
    const mark = faults.length === 0 ? pc.green('✓') : pc.red('✗');
    table.push([
      `${mark} ${alarm}`,
      fault,
      seconds(secondsToAlarm),
      seconds(secondsToOk),
      others.join(', ') || '-',
    ]);
  }
  return table.toString();
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
process.exitCode = await main(process.argv.slice(2));
