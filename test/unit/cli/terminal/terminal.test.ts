import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { printable } from '../../../../cli/terminal/printable.ts';
import { createTerminal, type Terminal } from '../../../../cli/terminal/terminal.ts';

/** Clears the screen, moves the cursor, colors and conceals, sets the title, reverses; in 7 and 8 bits. */
const HOSTILE =
  'a\u001b[2J\u001b[1;1Hb\u001b[8mc\u001b]0;title\u0007d\u009b31me\u0085f\rg\u202eh\u2066i\u200fj\u2028k\u0000l\u007fm\bn';
const HARMLESS = 'a[2J[1;1Hb[8mc]0;titled31mefghijklmn';

function open(isTTY: boolean) {
  const stream = () => Object.assign(new PassThrough(), { isTTY, columns: 200, setRawMode: () => {} });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  const terminal = createTerminal({ environment: {}, stdin, stdout, stderr });
  const text = (from: PassThrough) => String(from.read() ?? '');
  return { terminal, stdin, out: () => text(stdout), err: () => text(stderr) };
}

describe.each([
  ['a terminal', true],
  ['a pipe', false],
])('on %s', (_, isTTY) => {
  test.each<[string, (terminal: Terminal) => unknown]>([
    ['a result', (terminal) => terminal.print(HOSTILE)],
    ['a message', (terminal) => terminal.info(HOSTILE)],
  ])('%s has no control characters', (_kind, write) => {
    const { terminal, out, err } = open(isTTY);

    write(terminal);

    expect(out() + err()).toBe(`${HARMLESS}\n`);
  });

  test('lines, tabs and our own colors stay', () => {
    const { terminal, out } = open(isTTY);
    const { bold, dim, red, green, yellow } = terminal.colors;
    const text = [bold('b'), dim('d'), red('r'), green('g'), yellow('y'), bold(red('both'))].join('\n\t');

    terminal.print(text);

    expect(out()).toBe(`${text}\n`);
    expect(text.includes('\u001b')).toBe(isTTY);
  });
});

test('our own colors are removed where the stream has none', () => {
  expect(printable('\u001b[31mred\u001b[39m', { hasColors: false })).toBe('red');
});

test('colors that are not ours are removed where the stream has colors', () => {
  expect(printable('\u001b[8mconcealed\u001b[28m \u001b[1;31mx', { hasColors: true })).toBe(
    '[8mconcealed[28m [1;31mx',
  );
});

test('progress has no control characters but its own', async () => {
  const { terminal, err } = open(true);

  await terminal.withProgress(HOSTILE, (progress) => {
    progress.update(`2 ${HOSTILE}`);
    return Promise.resolve();
  });

  expect(err().split('\r\u001b[2K')).toEqual(['', `… ${HARMLESS}`, `… 2 ${HARMLESS}`, '']);
});

test('a hidden answer that is refused is cleared: the next one is not added to it', async () => {
  const { terminal, stdin } = open(true);
  const answer = terminal.prompts.secret({
    message: 'Secret',
    withoutTerminal: '',
    validate: (text) => (text === 'good' ? undefined : 'not good'),
  });

  for (const typed of ['bad', '\r', 'good', '\r']) {
    stdin.write(typed);
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect((await answer).reveal()).toBe('good');
});

describe('a question has no control characters of its texts', () => {
  const question = { message: HOSTILE, withoutTerminal: '' };

  test.each<[string, (terminal: Terminal) => Promise<unknown>]>([
    ['a text', ({ prompts }) => prompts.text({ ...question, placeholder: HOSTILE })],
    ['a secret', ({ prompts }) => prompts.secret(question)],
    ['a confirmation', ({ prompts }) => prompts.confirm(question)],
    [
      'a selection',
      ({ prompts }) => prompts.select({ ...question, options: [{ value: 'v', label: HOSTILE }] }),
    ],
  ])('%s', async (_, ask) => {
    const { terminal, stdin, err } = open(true);

    const asked = ask(terminal).catch(() => {});
    const shown = err();
    stdin.write('\u0003');
    await asked;

    expect(shown).toContain(HARMLESS);
    for (const part of [
      '\u001b[2J',
      '\u001b[1;1H',
      '\u001b]',
      '\u009b',
      '\u202e',
      '\u2066',
      '\u0000',
      '\u007f',
    ])
      expect(shown).not.toContain(part);
  });
});

test('nothing but the terminal writes to the streams of the process', () => {
  const writers = readdirSync('cli', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) =>
      /(?<![-\w])(?:console|stdout|stderr)\.\w|\.write\(/.test(readFileSync(`cli/${file}`, 'utf8')),
    );

  expect(writers.sort()).toEqual([
    // Waits until everything is written.
    'exit-when-flushed.ts',
    // Handles a closed pipe.
    'main.ts',
    'terminal/progress.ts',
    // Passes on what the library writes.
    'terminal/prompts.ts',
    'terminal/terminal.ts',
  ]);
});
