import pMap from 'p-map';
import { explainAwsError } from '../aws/explain-aws-error.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import { readRunbookAddress } from '../deployment/runbook-address.ts';
import type { ExitCode } from '../exit-code.ts';
import { groupBy } from '../group-by.ts';
import type { Session } from '../session.ts';
import { linkDocuments } from '../terminal/link-documents.ts';
import type { Note, Plan, PlannedChange } from './plan.ts';

/** How a plan is carried out. */
export interface PlanOptions {
  /** Print the plan only. */
  readonly isDryRun: boolean;
  /** Whether the user named the connections, or all of them: otherwise the plan is shown and confirmed first. */
  readonly isConfirmed: boolean;
  /** How many connections are changed at the same time. @default 1 */
  readonly connectionsAtOnce?: number;
}

/**
 * Carries out a plan, for each connection one change after another. A change that fails ends the changes of its connection only. The exit code is 1
 * if a change failed or a problem was found.
 */
export async function runPlan(
  session: Session,
  { changes, notes }: Plan,
  { isDryRun, isConfirmed, connectionsAtOnce = 1 }: PlanOptions,
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  for (const note of notes) printNote(session, note);
  const hasProblems = notes.some(({ isProblem }) => isProblem);
  if (changes.length === 0) {
    terminal.print('Nothing to change.');
    return hasProblems ? 1 : 0;
  }
  if (isDryRun || !isConfirmed) {
    terminal.print(`${changes.length} ${changes.length === 1 ? 'change' : 'changes'}:`);
    for (const { connection, does } of changes) terminal.print(`  ${connection}: ${does}`);
  }
  if (isDryRun) return hasProblems ? 1 : 0;
  if (!isConfirmed) await confirm(session, changes.length);
  const haveFailed = await applyAll(session, changes, connectionsAtOnce);
  return haveFailed || hasProblems ? 1 : 0;
}

async function confirm(session: Session, count: number): Promise<void> {
  const isWanted = await session.runtime.terminal.prompts.confirm({
    message: `Make ${count === 1 ? 'this change' : `these ${count} changes`}?`,
    withoutTerminal: 'Name the connections, or use --all. To see the plan only, use --dry-run.',
  });
  if (!isWanted) throw new CancelledError();
}

async function applyAll(
  session: Session,
  changes: readonly PlannedChange[],
  concurrency: number,
): Promise<boolean> {
  const ofConnections = groupBy(changes, ({ connection }) => connection).values();
  const haveSucceeded = await pMap(ofConnections, (own) => applyInTurn(session, own), { concurrency });
  return haveSucceeded.includes(false);
}

/** False as soon as one of them failed. */
async function applyInTurn(session: Session, changes: readonly PlannedChange[]): Promise<boolean> {
  const { terminal, environment } = session.runtime;
  for (const { connection, does, apply } of changes) {
    try {
      await apply();
      terminal.print(`${terminal.colors.green('done')}: ${connection}: ${does}`);
    } catch (error) {
      const known = error instanceof CliError ? error : explainAwsError(error, environment);
      if (known === undefined) throw error;
      terminal.info(`${terminal.infoColors.red('failed')}: ${connection}: ${does}: ${known.message}`);
      if (known.nextStep !== undefined)
        terminal.info(
          terminal.infoColors.dim(`  ${linkDocuments(known.nextStep, await readRunbookAddress(session))}`),
        );
      terminal.info(terminal.infoColors.dim(`  Run the command again: it continues where it stopped.`));
      return false;
    }
  }
  return true;
}

function printNote({ runtime: { terminal } }: Session, { connection, text, advice, isProblem }: Note): void {
  const label = isProblem ? terminal.infoColors.yellow('problem') : 'note';
  terminal.info(`${label}: ${connection}: ${text}`);
  if (advice !== undefined) terminal.info(terminal.infoColors.dim(`  ${advice}`));
}
