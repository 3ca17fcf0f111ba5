import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../../cli/program.ts';
import { createRuntime } from '../../../cli/runtime.ts';

/** Every command with its arguments, and every option with its values. */
function describeCommand(command: Command, path: readonly string[]): readonly string[] {
  const name = [...path, command.name()].join(' ');
  const given = command.registeredArguments.map((argument) =>
    argument.required ? ` <${argument.name()}>` : ` [${argument.name()}]`,
  );
  const options = command.options.map(({ flags, argChoices }) => {
    const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
    return `${name} ${flags}${choices}`;
  });
  return [
    `${name}${given.join('')}`,
    ...options.sort(),
    ...command.commands.flatMap((each) => describeCommand(each, [...path, command.name()])),
  ];
}

test('the command line is what options.txt says: a command or an option that disappears is a breaking change', async () => {
  const lines = describeCommand(createProgram(createRuntime(process), { exitCode: 0 }), []);

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('options.txt');
});
