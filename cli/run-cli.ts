import { CommanderError } from 'commander';
import { describeBug } from '../lambdas/core/describe-bug.ts';
import { explainAwsError } from './aws/explain-aws-error.ts';
import { CliError } from './cli-error.ts';
import type { ExitCode } from './exit-code.ts';
import { createProgram } from './program.ts';
import type { Machine } from './runtime.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Runs one command line. Never throws for anything that a person can mend; a bug is told with the place where it is. */
export async function runCli(args: readonly string[], machine: Machine): Promise<ExitCode> {
  const result: { exitCode: ExitCode } = { exitCode: 0 };
  try {
    await createProgram(machine, result).parseAsync([...args], { from: 'user' });
    return result.exitCode;
  } catch (error) {
    return report(error, machine.terminal);
  }
}

function report(error: unknown, terminal: Terminal): ExitCode {
  // Commander has written its own text by then.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const known = error instanceof CliError ? error : explainAwsError(error);
  const { red, dim } = terminal.sideColors;
  if (known !== undefined) {
    terminal.say(`${red('error')}: ${known.message}`);
    if (known.nextStep !== undefined) terminal.say(dim(`  ${known.nextStep}`));
    return known.exitCode;
  }
  // The text of an error that nobody expected may quote a secret: only its name and its place are shown.
  const { name, at } = describeBug(error);
  terminal.say(`${red('error')}: this is a bug of zoho-tokens (${name}).`);
  terminal.say(dim(`  Please report it with these lines:\n${at.map((place) => `    ${place}`).join('\n')}`));
  return 1;
}
