import { expect, test } from 'vitest';
import { toSingleLine } from '../../../lambdas/core/single-line.ts';

test.each([
  ['plain text, with ünïcode and 😀', 'plain text, with ünïcode and 😀'],
  ['one\r\nforged line', 'one forged line'],
  ['tab\tand\u0000null', 'tab and null'],
  ['\u001b[2J\u001b]0;title\u0007text\u007f', '[2J ]0;title text'],
  ['C1: \u009b31m', 'C1: 31m'],
  ['separators \u2028and\u2029', 'separators  and'],
  ['\u202ereversed\u2066 \u200ftext\u061c', 'reversed text'],
])('%j becomes %j', (text, line) => {
  expect(toSingleLine(text).replace(/ +/g, ' ')).toBe(line.replace(/ +/g, ' '));
});
