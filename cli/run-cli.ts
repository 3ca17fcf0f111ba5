import { CommanderError } from 'commander';
import { describeBug } from '../lambdas/core/describe-bug.ts';
import { explainAwsError } from './aws/explain-aws-error.ts';
import { CliError } from './cli-error.ts';
import { readRunbookAddress } from './deployment/runbook-address.ts';
import type { ExitCode } from './exit-code.ts';
import { createProgram, type ProgramResult } from './program.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';
import { linkDocuments, namesRunbook } from './terminal/link-documents.ts';

/** Runs one command line. Never throws: every error is reported on stderr, and a bug with its source location. */
export async function runCli(args: readonly string[], runtime: Runtime): Promise<ExitCode> {
  const result: ProgramResult = { exitCode: 0 };
  try {
    await createProgram(runtime, result).parseAsync([...args], { from: 'user' });
    return result.exitCode;
  } catch (error) {
    return await reportError(error, runtime, result.session);
  }
}

async function reportError(
  error: unknown,
  { terminal, environment }: Runtime,
  session: Session | undefined,
): Promise<ExitCode> {
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const known = error instanceof CliError ? error : explainAwsError(error, environment);
  const { red, dim } = terminal.infoColors;
  if (known !== undefined) {
    const { message, nextStep = '' } = known;
    const isOfDeployment = session !== undefined && namesRunbook(`${message} ${nextStep}`);
    const runbooks = isOfDeployment ? await readRunbookAddress(session) : undefined;
    terminal.info(`${red('error')}: ${linkDocuments(message, runbooks)}`);
    if (nextStep !== '') terminal.info(dim(`  ${linkDocuments(nextStep, runbooks)}`));
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
