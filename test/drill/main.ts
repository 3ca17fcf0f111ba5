import { parseArgs } from 'node:util';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { ProgressScreen } from '../support/progress-screen.ts';

const MAX_DAYS = 31;

const USAGE = `Injects the fault behind each alarm, and evaluates the alarms of the synthesized template over the metrics of the real handlers.

Usage: npm run drill [-- --only WORDS] [--quick] [--days N] [--fleet-days N]

  --only WORDS   only the drills whose alarm or fault contains these words, and the stories that do
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
  const [{ readDrillAlarms }, { DRILLS }, { TROUBLES }, { runAll }] = await Promise.all([
    import('./monitored-deployment.ts'),
    import('./drills.ts'),
    import('./troubles.ts'),
    import('./run-all.ts'),
  ]);
  const { only = '' } = options;
  const drills = DRILLS.filter(({ alarm, fault }) => contains(`${alarm} ${fault}`, only));
  const troubles = only === '' ? [] : TROUBLES.filter(({ story }) => contains(story, only));
  if (drills.length + troubles.length === 0) return refuse(`No drill contains "${only}".`);
  const isShort = options.isQuick || only !== '';
  const { days, fleetDays } = isShort ? { days: 0, fleetDays: 0 } : options;
  return await runAll({ drills, days, fleetDays, troubles }, readDrillAlarms(), screen);
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

function contains(text: string, words: string): boolean {
  return text.toLowerCase().includes(words.toLowerCase());
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
