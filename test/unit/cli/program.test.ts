import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../cli/program.ts';
import { createRuntime } from '../../../cli/runtime.ts';

const program = createProgram(createRuntime(process), { exitCode: 0 });

const WITHOUT_QUESTION = 'do not ask which AWS account is meant';

/** Commands that change something announce the deployment, and ask in which account unless they are told not to. */
const EFFECTS: Readonly<Record<string, 'changes' | 'reads'>> = {
  authorize: 'changes',
  status: 'reads',
  doctor: 'reads',
  refresh: 'changes',
  token: 'reads',
  connect: 'changes',
  disconnect: 'changes',
  pause: 'changes',
  resume: 'changes',
  revoke: 'changes',
  adopt: 'changes',
  alarms: 'changes',
  audit: 'reads',
  client: 'changes',
  move: 'changes',
  invite: 'changes',
  invites: 'reads',
  confirm: 'changes',
  reject: 'changes',
  cancel: 'changes',
  'delete-secrets': 'changes',
  'mint-without-table': 'changes',
  init: 'reads',
  completion: 'reads',
  complete: 'reads',
};

describe('the commands', () => {
  it('are all known here', () => {
    expect(program.commands.map((command) => command.name()).sort()).toEqual(Object.keys(EFFECTS).sort());
  });

  it.each(Object.entries(EFFECTS))('%s %s something', (name, effect) => {
    const command = program.commands.find((each) => each.name() === name);

    const isAsking = command?.options.some(({ description }) => description === WITHOUT_QUESTION);

    expect(isAsking).toBe(effect === 'changes');
  });

  it.each(program.commands.map((command) => [command.name()]))(
    'the help of %s names no document by its path, which an installed package has not',
    (name) => {
      let help = '';
      const command = program.commands.find((each) => each.name() === name);
      command?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();

      expect(help).toContain('Usage: ');
      expect(help).not.toMatch(/(?<!\/)\bdocs\//);
    },
  );

  it.each(program.commands.map((command) => [command.name()]))('%s has no option twice', (name) => {
    const options = program.commands.find((command) => command.name() === name)?.options ?? [];
    const flags = [...options, ...program.options].map(({ long }) => long);

    expect(flags).toEqual([...new Set(flags)]);
  });
});
