import { availableParallelism } from 'node:os';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { ProgressScreen } from '../support/progress-screen.ts';
import { bundleWorker, loadWorld } from './bundle.ts';
import { MAX_SEED } from './choices.ts';
import { findDefect, seedsOf } from './find-defects.ts';
import { DEFAULT_WORLDS, DEFAULT_WORLDS_PER_DEFECT, type Options, parseOptions } from './options.ts';
import { DEFECTS } from './promises/all.ts';
import { describeTotals, describeViolation, formatElapsed, formatFingerprint } from './report.ts';
import { runSeeds, seedsFrom } from './run-seeds.ts';
import { shorten } from './shorten.ts';
import type { SeedFailure } from './worker.ts';
import type { World } from './world.ts';
import { optionsFor, type WorldName, worldsOf } from './world-store.ts';
import { WorldThread } from './world-thread.ts';

const USAGE = `Runs the refresher in simulated worlds with faults of every kind, and checks its promises at every step.

Usage: npm run simulate -- [options]

  --store NAME  where the secrets are: secrets-manager, dynamodb (most of them), both (two worlds of each seed), or
                alternate (default): in DynamoDB for even seeds
  --seeds N     number of worlds (default ${DEFAULT_WORLDS}); a seed gives the same world on every machine
  --from S      first seed, from 0 to ${MAX_SEED} (default 1)
  --today       a range of seeds that depends on the date in UTC, the same for everyone; not with --from
  --replay S    runs one world and prints every step; only with --store
  --mutants     plants ${DEFECTS.length} defects in the product, one at a time; each must be found within --seeds worlds
                (default ${DEFAULT_WORLDS_PER_DEFECT})
  --only TEXT   with --mutants: only the defects whose name contains the text
  --threads N   (default: one per processor)
  --help

Exit codes: 0 no promise was broken, 1 a promise was broken (or a defect was not found), 2 wrong usage.`;

/** Imported bundles are never freed. */
const MOST_DEFECTS_PER_THREAD = 16;

const screen = new ProgressScreen(process.stdout, process.stderr, { pipeIntervalMs: 10_000 });

/** `npm run simulate`. */
async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args, Date.now());
  } catch (error) {
    screen.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  switch (options.mode) {
    case 'help':
      screen.line(USAGE);
      return 0;
    case 'replay':
      return await replay(options);
    case 'mutants':
      return await findDefects(options);
    case 'simulate':
      return await simulate(options);
  }
}

async function simulate({
  from,
  count,
  today,
  threads,
  store,
}: Options & { mode: 'simulate' }): Promise<number> {
  if (today !== undefined) screen.line(`--today, ${today} in UTC: --from ${from} --seeds ${count}`);
  const bundle = await bundleWorker('worker');
  const worlds = seedsFrom(from, count).flatMap((seed) => worldsOf(seed, store));
  const total = await runSeeds({
    bundle,
    worlds,
    threads,
    onProgress: (done) =>
      screen.progress(`${done.worlds.toLocaleString('en')} of ${worlds.length.toLocaleString('en')} worlds`),
  });
  screen.line(`${describeTotals(total)}, ${screen.seconds()} s`);
  const [first] = total.failed;
  if (first === undefined) {
    screen.line('PASS  no promise was broken');
    return 0;
  }
  await reportFailure(first, await loadWorld(bundle));
  return 1;
}

/** Prints the seed, the broken promise, and the smallest set of incidents that breaks it. */
async function reportFailure(
  { seed, store, violation, incidents }: SeedFailure,
  SimulatedWorld: typeof World,
): Promise<void> {
  screen.line(`FAIL  seed ${seed}, ${store}: ${describeViolation(violation)}`);
  screen.line();
  const short = await shorten({
    run: (allowed) => new SimulatedWorld({ seed, store, allowed }).run(),
    violation,
    incidents,
    onRun: (runs) => screen.progress(`shortening, ${runs} runs`),
  });
  screen.line(
    `With ${short.needed.size} of the ${incidents.length} incidents: ${describeViolation(short.violation)}`,
  );
  for (const name of short.needed) screen.line(`  ${name}`);
  screen.line();
  await new SimulatedWorld({ seed, store, allowed: short.needed, onStep: printStep }).run();
  screen.line();
  screen.line(`Every step: npm run simulate -- ${optionsFor({ seed, store })}`);
  screen.line('After the fix, add the seed to test/simulation/failed-seeds/.');
}

async function replay({ seed, store }: WorldName): Promise<number> {
  const SimulatedWorld = await loadWorld(await bundleWorker('worker'));
  const world = new SimulatedWorld({ seed, store, onStep: printStep });
  const { violation, elapsedMs, fingerprint } = await world.run();
  screen.line();
  screen.line(`${formatElapsed(elapsedMs)} simulated, fingerprint ${formatFingerprint(fingerprint)}`);
  screen.line(
    violation === undefined ? 'PASS  no promise was broken' : `FAIL  ${describeViolation(violation)}`,
  );
  return violation === undefined ? 0 : 1;
}

function printStep(atMs: number, text: string): void {
  screen.line(`${formatElapsed(atMs)}  ${text}`);
}

async function findDefects({
  from,
  count,
  threads = availableParallelism(),
  only,
}: Options & { mode: 'mutants' }): Promise<number> {
  const defects = DEFECTS.filter(({ name }) => name.includes(only));
  if (defects.length === 0) {
    screen.error(`No defect has "${only}" in its name.`);
    return 2;
  }
  const SimulatedWorld = await loadWorld(await bundleWorker('worker'));
  const open = defects.values();
  let missed = 0;
  async function work(): Promise<void> {
    let thread = new WorldThread();
    let defectsOfThread = 0;
    for (const defect of open) {
      if (defectsOfThread === MOST_DEFECTS_PER_THREAD) {
        await thread.end();
        thread = new WorldThread();
        defectsOfThread = 0;
      }
      defectsOfThread += 1;
      const onProgress = (worlds: number) => screen.progress(`${defect.name}, ${worlds} worlds`);
      const seeds = seedsOf(defect, { from, count, SimulatedWorld });
      const index = DEFECTS.indexOf(defect);
      const { caughtBy, worlds } = await findDefect(defect, index, { seeds, thread, onProgress });
      missed += caughtBy === undefined ? 1 : 0;
      const verdict =
        caughtBy === undefined ? 'NOT FOUND' : `${caughtBy.violation.promise}  seed ${caughtBy.seed}`;
      screen.line(`${verdict.padEnd(16)} ${defect.name} (${worlds} worlds)`);
    }
    await thread.end();
  }
  await Promise.all(Array.from({ length: Math.min(threads, defects.length) }, work));
  screen.line(`${defects.length - missed} of ${defects.length} defects found, ${screen.seconds()} s`);
  return missed === 0 ? 0 : 1;
}

/** The SDK's warning about Node versions concerns production, which runs Node 24. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
