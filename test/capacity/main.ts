import { parseArgs } from 'node:util';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { ProgressScreen } from '../support/progress-screen.ts';
import { checksOf } from './acceptance.ts';
import { runCapacity } from './capacity.ts';
import { checkFiles, writeFiles } from './files.ts';

const USAGE = `Simulates days, an outage and a data center that hangs, for fleets of 1 to 1,000,000 connections in both stores: refreshes per
second, time left when tokens are replaced, recovery, limits of AWS, and costs.

Usage: npm run capacity [-- --write | --check] [--quick] [--json]

  --write   writes docs/scale.md, its charts, and the figures in test/capacity/results.json
  --check   fails unless these files have the figures of this run
  --quick   two small fleets and short stories, in half a minute
  --json    prints all figures

The same figures come out on every machine. The whole run takes two to five minutes of one core.

Exit codes: 0 every figure is met, 1 one is not, 2 wrong usage.`;

function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean' },
      check: { type: 'boolean' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.quick && (values.write || values.check))
    throw new Error('--quick has other figures than docs/scale.md: leave --write and --check out.');
  if (values.write && values.check) throw new Error('Give --write or --check, not both.');
  return values;
}

/** `npm run capacity`. */
async function main(args: readonly string[]): Promise<number> {
  const screen = new ProgressScreen(process.stdout, process.stderr, { pipeIntervalMs: 10_000 });
  let options: ReturnType<typeof parseOptions>;
  try {
    options = parseOptions(args);
  } catch (error) {
    screen.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    screen.line(USAGE);
    return 0;
  }
  const result = await runCapacity({
    isQuick: options.quick === true,
    onProgress: (what) => screen.progress(what),
  });
  const checks = checksOf(result);
  if (options.json) screen.line(JSON.stringify({ ...result, checks }, undefined, 2));
  else
    for (const { what, found, isMet } of checks) screen.line(`${isMet ? 'PASS' : 'FAIL'}  ${what}: ${found}`);
  const changed = options.check ? checkFiles(result) : [];
  for (const path of changed)
    screen.error(`${path} has other figures than this run. Run npm run capacity -- --write.`);
  if (options.write) for (const path of writeFiles(result)) screen.error(`wrote ${path}`);
  screen.error(`${screen.seconds()} s`);
  return checks.every(({ isMet }) => isMet) && changed.length === 0 ? 0 : 1;
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
