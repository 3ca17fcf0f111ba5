import { parseArgs } from 'node:util';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import { ProgressScreen } from '../support/progress-screen.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { renderResult } from './render-result.ts';
import { type BenchmarkResult, runBenchmark } from './run-benchmarks.ts';

const NAMES = Object.keys(BENCHMARKS);

const USAGE = `Measures this project beside what it is made of: bare calls of the AWS SDK, other libraries, and
itself with more connections. docs/performance.md says how to read the result.

Usage: npm run bench [-- --only NAME]... [--json]

  --only NAME  one of the benchmarks; may be repeated
               ${NAMES.slice(0, 6).join(', ')},
               ${NAMES.slice(6).join(', ')}
  --json       print JSON

Exit codes: 0 every goal is met, 1 a goal is missed, 2 wrong usage.`;

/** Shorter benchmarks show no progress. */
const PROGRESS_MS = 2_000;

const screen = new ProgressScreen(process.stdout, process.stderr, { pipeIntervalMs: PROGRESS_MS });

interface Choice {
  readonly only: readonly string[];
  readonly json: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const choice = parse(args);
  if (typeof choice === 'string') {
    screen.error(`${choice}\n\n${USAGE}`);
    return 2;
  }
  if (choice === undefined) {
    screen.line(USAGE);
    return 0;
  }
  const results = await runAll(choice);
  const missed = results.filter(({ isGood }) => !isGood).map(({ name }) => name);
  if (choice.json)
    screen.line(JSON.stringify({ node: process.version, isGood: missed.length === 0, benchmarks: results }));
  else
    screen.line(missed.length === 0 ? `PASS  Node ${process.version}` : `FAIL  missed: ${missed.join(', ')}`);
  return missed.length === 0 ? 0 : 1;
}

/** Undefined if help is wanted; a text if the arguments are wrong. */
function parse(args: readonly string[]): Choice | string | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return undefined;
    const only = values.only ?? NAMES;
    const unknown = only.find((name) => !NAMES.includes(name));
    return unknown === undefined
      ? { only, json: values.json === true }
      : `There is no benchmark "${unknown}".`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function runAll({ only, json }: Choice): Promise<BenchmarkResult[]> {
  const results: BenchmarkResult[] = [];
  for (const name of NAMES.filter((each) => only.includes(each))) {
    const load = BENCHMARKS[name];
    if (load === undefined) continue;
    const ticking = setInterval(() => screen.progress(name), PROGRESS_MS);
    try {
      const again = () => screen.milestone(`${name}: missed a goal, measuring again`);
      const result = await runBenchmark(name, await load(), again);
      results.push(result);
      if (!json) screen.line(renderResult(result));
    } finally {
      clearInterval(ticking);
    }
  }
  return results;
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
