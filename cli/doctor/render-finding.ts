import type { Terminal } from '../terminal/terminal.ts';
import type { Finding } from './finding.ts';

/** Width of the longest check name. */
const NAME_WIDTH = 17;
const RESULT_WIDTH = 'unknown'.length;
const INDENT = ' '.repeat(RESULT_WIDTH + 1 + NAME_WIDTH + 1);

/** Renders a finding as text: result, check and finding in columns, then details and the fix. */
export function renderFinding(
  name: string,
  { result, found, fix, details = [] }: Finding,
  { colors }: Pick<Terminal, 'colors'>,
): string {
  const paint = { pass: colors.green, fail: colors.red, unknown: colors.yellow }[result];
  return [
    `${paint(result.padEnd(RESULT_WIDTH))} ${name.padEnd(NAME_WIDTH)} ${found}`,
    ...details.map((detail) => `${INDENT}- ${detail}`),
    ...(fix === undefined ? [] : [colors.dim(`${INDENT}${fix}`)]),
  ].join('\n');
}
