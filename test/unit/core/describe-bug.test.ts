import { describe, expect, test } from 'vitest';
import { describeBug } from '../../../lambdas/core/describe-bug.ts';

describe('the description of an unexpected error', () => {
  test('has its name and where it was thrown, and nothing of its text', () => {
    const error = new TypeError('cannot send canary\n    at canary');

    const bug = describeBug(error);

    expect(bug.name).toBe('TypeError');
    expect(bug.at[0]).toMatch(/^at .*describe-bug\.test\.ts:\d+:\d+\)?$/);
    expect(JSON.stringify(bug)).not.toContain('canary');
  });

  test('has at most eight places', () => {
    const error = new Error('x');
    error.stack = `Error: x\n${Array.from({ length: 12 }, (_, line) => `    at f (a.ts:${line}:1)`).join('\n')}`;

    expect(describeBug(error).at).toEqual(Array.from({ length: 8 }, (_, line) => `at f (a.ts:${line}:1)`));
  });

  test.each([
    '    at f (file:///a.ts:1:2)',
    '    at file:///a.ts:1:2',
    '    at f (file:///a.ts:123:45)',
    '    at Array.map (<anonymous>)',
    '    at Promise.all (index 10)',
    '    at eval (native)',
  ])('has %j as a place', (line) => {
    expect(placesIn(line)).toEqual([line.trim()]);
  });

  test.each(['    at canary', 'at f (a.ts:1:2)', '    at f (a.ts:1:2) canary', '  canary at f (a.ts:1:2)'])(
    'does not have %j as a place',
    (line) => {
      expect(placesIn(line)).toEqual([]);
    },
  );

  test.each([
    ['text', 'string'],
    [undefined, 'undefined'],
    [{ canary: 1 }, 'object'],
  ])('has the type of %j, which is no error', (thrown, name) => {
    expect(describeBug(thrown)).toEqual({ name, at: [] });
  });

  test('has only a name if there is no stack', () => {
    const error = new Error('x');
    delete error.stack;

    expect(describeBug(error)).toEqual({ name: 'Error', at: [] });
  });
});

function placesIn(line: string): readonly string[] {
  const error = new Error('x');
  error.stack = `Error: x\n${line}`;
  return describeBug(error).at;
}
