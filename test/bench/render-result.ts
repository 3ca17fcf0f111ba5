import type { Goal } from './benchmark.ts';
import type { BenchmarkResult } from './run-benchmarks.ts';

const WIDTHS = { what: 66, value: 9, unit: 15, goal: 13 } as const;

/** The table of one benchmark: what was measured, and the goal with its verdict. */
export function renderResult({ name, title, seconds, measurements }: BenchmarkResult): string {
  const rows = measurements.map(({ what, value, unit, goal, isMet }) => {
    const verdict =
      goal === undefined ? '' : `${formatGoal(goal).padEnd(WIDTHS.goal)} ${isMet ? 'met' : 'MISSED'}`;
    const figure = `${formatNumber(value).padStart(WIDTHS.value)} ${unit.padEnd(WIDTHS.unit)}`;
    return `  ${what.padEnd(WIDTHS.what)} ${figure} ${verdict}`.trimEnd();
  });
  return [`${name}: ${title} (${seconds} s)`, ...rows, ''].join('\n');
}

function formatGoal({ atMost, atLeast }: Goal): string {
  if (atMost === atLeast) return `exactly ${formatNumber(atMost ?? 0)}`;
  return atMost === undefined ? `at least ${formatNumber(atLeast ?? 0)}` : `at most ${formatNumber(atMost)}`;
}

/** Three significant digits of what is small, whole numbers of the rest. */
function formatNumber(value: number): string {
  if (Number.isInteger(value) || value >= 1000) return Math.round(value).toLocaleString('en');
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
