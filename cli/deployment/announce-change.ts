import { CancelledError } from '../cli-error.ts';
import type { Runtime } from '../runtime.ts';
import type { Deployment } from './deployment.ts';

/**
 * Says in which account, region and deployment something is about to be changed. On a terminal, asks before the first change in
 * an account. Throws {@link CancelledError}.
 *
 * @param isConfirmed whether the user confirmed it on the command line: then nothing is asked, and nothing is remembered
 */
export async function announceChange(
  { terminal, confirmedAccounts }: Pick<Runtime, 'terminal' | 'confirmedAccounts'>,
  { secretPrefix, stackName, account, region }: Deployment,
  isConfirmed: boolean,
): Promise<void> {
  const { prompts, infoColors } = terminal;
  terminal.info(`deployment ${secretPrefix} in account ${account}, ${region} (stack ${stackName})`);
  if (isConfirmed || !prompts.isInteractive || (await confirmedAccounts.has(account))) return;
  const isRight = await prompts.confirm({
    message: `This is the first time that you change something in account ${account} from here. Is it the right account?`,
    withoutTerminal: 'Use --yes.',
  });
  if (!isRight) throw new CancelledError();
  const problem = await confirmedAccounts.add(account);
  if (problem !== undefined) terminal.info(infoColors.dim(`  You will be asked again: ${problem}.`));
}
