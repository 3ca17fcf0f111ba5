import { parseArgs } from 'node:util';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { bundleWorker } from './bundle.ts';
import { findDefect } from './find-defects.ts';
import { DEFECTS } from './promises/all.ts';
import { runSeeds } from './run-seeds.ts';
import { describeTotals, describeViolation, formatElapsed, Screen } from './screen.ts';
import { shorten } from './shorten.ts';
import type { FailedSeed } from './worker.ts';
import { World } from './world.ts';

const DEFAULT_SEEDS = 2_000;
/** So many worlds are given to a defect before it counts as not found. */
const DEFAULT_SEEDS_PER_DEFECT = 3_000;

const USAGE = `Runs the refresher in simulated worlds in which everything goes wrong, and checks its promises at every step.

Usage: npm run simulate -- [options]

  --seeds N     how many worlds (default ${DEFAULT_SEEDS.toLocaleString('en')}); the same seed is the same world on any machine
  --from S      the first seed (default 1)
  --replay S    tells one world step by step
  --mutants     puts ${DEFECTS.length} deliberate defects into the product, one at a time: each must be found,
                within --seeds worlds (default ${DEFAULT_SEEDS_PER_DEFECT.toLocaleString('en')})
  --only TEXT   with --mutants: those whose name contains the text
  --threads N   (default: one per processor)
  --help

Exit codes: 0 every promise was kept, 1 one was not (or a defect was not found), 2 wrong usage.`;

const screen = new Screen(process.stdout);

/** `npm run simulate`. */
async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parseOptions>;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  if (options.help) {
    screen.line(USAGE);
    return 0;
  }
  if (options.replay !== undefined) return await replay(options.replay);
  return options.mutants ? await huntDefects(options) : await simulate(options);
}

function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      replay: { type: 'string' },
      mutants: { type: 'boolean' },
      only: { type: 'string' },
      threads: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return {
    seeds: wholeNumber('--seeds', values.seeds, 1),
    from: wholeNumber('--from', values.from, 0) ?? 1,
    replay: wholeNumber('--replay', values.replay, 0),
    threads: wholeNumber('--threads', values.threads, 1),
    mutants: values.mutants === true,
    only: values.only ?? '',
    help: values.help === true,
  };
}

function wholeNumber(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const isWhole = /^\d{1,9}$/.test(text) && Number(text) >= least;
  if (!isWhole) throw new Error(`${option} takes a whole number from ${least}, "${text}" was given.`);
  return Number(text);
}

type Options = ReturnType<typeof parseOptions>;

async function simulate({ seeds = DEFAULT_SEEDS, from, threads }: Options): Promise<number> {
  const total = await runSeeds({
    bundle: await bundleWorker('worker'),
    from,
    count: seeds,
    ...(threads === undefined ? {} : { threads }),
    onProgress: (done) =>
      screen.progress(`${done.seeds.toLocaleString('en')} of ${seeds.toLocaleString('en')} worlds`),
  });
  screen.line(`${describeTotals(total)}, ${screen.seconds()} s`);
  const [first] = total.failed;
  if (first === undefined) {
    screen.line('PASS  no promise was broken');
    return 0;
  }
  await tellFailure(first);
  return 1;
}

/** The seed, what went wrong, and the least that has to go wrong for it. */
async function tellFailure({ seed, violation, taken }: FailedSeed): Promise<void> {
  screen.line(`FAIL  seed ${seed}: ${describeViolation(violation)}`);
  screen.line();
  const short = await shorten({
    run: (allowed) => new World({ seed, allowed }).run(),
    violation,
    taken,
    onRun: (runs) => screen.progress(`shortening, ${runs} runs`),
  });
  screen.line(
    `With ${short.needed.size} of the ${taken.length} extraordinary things that happened, ${describeViolation(short.violation)}`,
  );
  for (const name of short.needed) screen.line(`  ${name}`);
  screen.line();
  await new World({ seed, allowed: short.needed, tell: tellStep }).run();
  screen.line();
  screen.line(`All of it, step by step: npm run simulate -- --replay ${seed}`);
}

async function replay(seed: number): Promise<number> {
  const { violation, elapsedMs, fingerprint } = await new World({ seed, tell: tellStep }).run();
  screen.line();
  screen.line(
    `${formatElapsed(elapsedMs)} simulated, fingerprint ${fingerprint.toString(16).padStart(8, '0')}`,
  );
  screen.line(
    violation === undefined ? 'PASS  no promise was broken' : `FAIL  ${describeViolation(violation)}`,
  );
  return violation === undefined ? 0 : 1;
}

function tellStep(atMs: number, text: string): void {
  screen.line(`${formatElapsed(atMs)}  ${text}`);
}

async function huntDefects({ seeds = DEFAULT_SEEDS_PER_DEFECT, from, only }: Options): Promise<number> {
  const defects = DEFECTS.filter(({ name }) => name.includes(only));
  let survivors = 0;
  for (const [index, defect] of defects.entries()) {
    const { caughtBy, seeds: needed } = await findDefect(defect, index, {
      from,
      count: seeds,
      onProgress: (done) =>
        screen.progress(`${index + 1} of ${defects.length}: ${defect.name}, ${done} worlds`),
    });
    survivors += caughtBy === undefined ? 1 : 0;
    const verdict =
      caughtBy === undefined ? 'NOT FOUND' : `${caughtBy.violation.promise}  seed ${caughtBy.seed}`;
    screen.line(`${verdict.padEnd(16)} ${defect.name} (${needed} worlds)`);
  }
  screen.line(`${defects.length - survivors} of ${defects.length} defects found, ${screen.seconds()} s`);
  return survivors === 0 ? 0 : 1;
}

/** The SDK's advice about Node versions is for whoever runs it in production, which is Node 24. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
