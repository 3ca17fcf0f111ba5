import { CommanderError } from 'commander';
import { describeBug } from '../lambdas/core/describe-bug.ts';
import { explainAwsError } from './aws/explain-aws-error.ts';
import { CliError } from './cli-error.ts';
import type { ExitCode } from './exit-code.ts';
import { createProgram } from './program.ts';
import type { Runtime } from './runtime.ts';
import { linkDocuments } from './terminal/link-documents.ts';

/** Runs one command line. Never throws: every error is reported on stderr, and a bug with its source location. */
export async function runCli(args: readonly string[], runtime: Runtime): Promise<ExitCode> {
  const result: { exitCode: ExitCode } = { exitCode: 0 };
  try {
    await createProgram(runtime, result).parseAsync([...args], { from: 'user' });
    return result.exitCode;
  } catch (error) {
    return reportError(error, runtime);
  }
}

function reportError(error: unknown, { terminal, environment }: Runtime): ExitCode {
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const known = error instanceof CliError ? error : explainAwsError(error, environment);
  const { red, dim } = terminal.infoColors;
  if (known !== undefined) {
    terminal.info(`${red('error')}: ${linkDocuments(known.message)}`);
    if (known.nextStep !== undefined) terminal.info(dim(`  ${linkDocuments(known.nextStep)}`));
    return known.exitCode;
  }
  // The text of an unexpected error may contain a secret: only its name and source location are shown.
  const { name, at } = describeBug(error);
  terminal.info(
    `${red('error')}: zoho-tokens failed unexpectedly (${name}, message omitted). This is a bug.`,
  );
  terminal.info(dim(`  Report it with these lines:\n${at.map((place) => `    ${place}`).join('\n')}`));
  return 1;
}
