import type { Terminal } from '../terminal/terminal.ts';
import type { Finding } from './finding.ts';

/** Width of the longest name of a check, so that what was found stands in one column. */
const NAME_WIDTH = 17;
const RESULT_WIDTH = 'unknown'.length;
const INDENT = ' '.repeat(RESULT_WIDTH + 1 + NAME_WIDTH + 1);

/** One check for a person: what was found, each thing of several, and the fix. */
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
