import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../../cli/program.ts';
import { createRuntime } from '../../../cli/runtime.ts';

const ROOT = new URL('../../../', import.meta.url);
const PAGES = ['README.md', ...['docs', 'docs/runbooks'].flatMap(pagesOf)];
const ALWAYS = ['--help', '-h', '--version', '-V'];

const program = createProgram(createRuntime(process), { exitCode: 0 });

describe('every command that a document names exists, with its options', () => {
  test.each(PAGES)('in %s', (page) => {
    const wrong = commandsIn(readFileSync(new URL(page, ROOT), 'utf8')).flatMap(problemsOf);

    expect(wrong).toEqual([]);
  });

  test('if it is one', () => {
    const text =
      'Run `zoho-tokens --region eu-west-1 pauze crm-prod`, or `zoho-tokens pause crm-prod, then zoho-tokens pause crm-prod --now`.';

    expect(commandsIn(text).flatMap(problemsOf)).toEqual(['no command pauze', 'pause has no option --now']);
  });
});

function pagesOf(folder: string): string[] {
  const names = readdirSync(new URL(`${folder}/`, ROOT)).filter((name) => name.endsWith('.md'));
  return names.map((name) => `${folder}/${name}`);
}

/** What follows `zoho-tokens ` in code, up to what is no part of the command. */
function commandsIn(text: string): string[][] {
  const code = [...text.matchAll(/```.*?```|`[^`\n]+`/gs)].map(([span]) => span).join('\n');
  const lines = [...code.matchAll(/(?<![\w/-])zoho-tokens ((?:(?!zoho-tokens )[^`|<>;#\n])*)/g)];
  return lines.map(([, words = '']) => words.trim().split(/\s+/));
}

function problemsOf(words: readonly string[]): string[] {
  let command: Command = program;
  let isValue = false;
  const options = () => [...program.options, ...command.options];
  const problems: string[] = [];
  for (const word of words) {
    if (isValue) {
      isValue = false;
      continue;
    }
    const option = word.match(/^--?[a-z][\w-]*/i)?.[0];
    if (option !== undefined) {
      const known = options().find(({ long, short }) => long === option || short === option);
      if (known === undefined && !ALWAYS.includes(option))
        problems.push(`${command.name()} has no option ${option}`);
      isValue = known !== undefined && (known.required || known.optional) && !word.includes('=');
      continue;
    }
    const next: Command | undefined = command.commands.find((each) => each.name() === word);
    if (next !== undefined) command = next;
    else if (command === program && /^[a-z-]+$/.test(word)) return [...problems, `no command ${word}`];
    else if (command === program) return problems;
  }
  return problems;
}
