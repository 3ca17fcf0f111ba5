import { parseArgs } from 'node:util';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { ProgressScreen } from '../support/progress-screen.ts';
import type { Drill } from './drills.ts';

const MAX_DAYS = 31;

const USAGE = `Injects the fault behind each alarm, and evaluates the alarms of the synthesized template over the metrics of the real handlers.

Usage: npm run drill [-- --only WORDS] [--quick] [--days N] [--fleet-days N]

  --only WORDS   only the drills whose alarm or fault contains these words
  --quick        no first deployments, no healthy days, no stories and no fleet
  --days N       healthy days with ordinary noise (default: 1; a week takes two minutes)
  --fleet-days N days of a fleet of 500, of which 20 tenants are revoked (default: 1; a day takes six
                 seconds, a month three minutes)

Exit codes: 0 every alarm went off in time and recovered, and healthy days raised none; 1 otherwise; 2 wrong usage.`;

/** `npm run drill`. */
async function main(args: readonly string[]): Promise<number> {
  const screen = new ProgressScreen(process.stdout, process.stderr);
  const refuse = (why: string) => {
    screen.error(`${why}\n\n${USAGE}`);
    return 2;
  };
  let options: ReturnType<typeof parseOptions>;
  try {
    options = parseOptions(args);
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (options.isHelp) {
    screen.line(USAGE);
    return 0;
  }
  screen.progress('synthesizing the template');
  // The CDK takes seconds to load, which help and wrong usage do not need.
  const [{ readDrillAlarms }, { DRILLS }, { runAll }] = await Promise.all([
    import('./monitored-deployment.ts'),
    import('./drills.ts'),
    import('./run-all.ts'),
  ]);
  const drills = DRILLS.filter((drill) => matches(drill, options.only ?? ''));
  if (drills.length === 0) return refuse(`No drill contains "${options.only}".`);
  const isShort = options.isQuick || options.only !== undefined;
  const { days, fleetDays } = isShort ? { days: 0, fleetDays: 0 } : options;
  return await runAll({ drills, days, fleetDays }, readDrillAlarms(), screen);
}

function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean' },
      days: { type: 'string' },
      'fleet-days': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { only, quick: isQuick = false, help: isHelp = false } = values;
  const days = parseDays('--days', values.days);
  const fleetDays = parseDays('--fleet-days', values['fleet-days']);
  return { only, days, fleetDays, isQuick, isHelp };
}

function parseDays(option: string, text = '1'): number {
  const days = Number(text);
  if (/^\d{1,2}$/.test(text) && days >= 1 && days <= MAX_DAYS) return days;
  throw new Error(`${option} must be a whole number from 1 to ${MAX_DAYS}, not "${text}".`);
}

function matches({ alarm, fault }: Drill, words: string): boolean {
  return `${alarm} ${fault}`.toLowerCase().includes(words.toLowerCase());
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
