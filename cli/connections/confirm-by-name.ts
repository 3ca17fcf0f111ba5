import { CancelledError, UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/**
 * Asks the user to type the name of the connection, the client or the deployment before an operation with lasting effects. `confirm` is the name given on the
 * command line, and `consequence` a sentence that says what is about to happen.
 */
export async function confirmByName(
  session: Session,
  name: string,
  {
    consequence,
    confirm,
    what = 'connection',
  }: {
    readonly consequence: string;
    readonly confirm: string | undefined;
    readonly what?: 'connection' | 'client' | 'deployment';
  },
): Promise<void> {
  if (confirm !== undefined) {
    if (confirm === name) return;
    throw new UsageError(
      `The value of --confirm is not ${name} (value omitted).`,
      `Nothing was changed. Use --confirm ${name}.`,
    );
  }
  const { prompts } = session.runtime.terminal;
  const typed = await prompts.text({
    message: `${consequence} Type the name of the ${what} to continue:`,
    withoutTerminal: `Use --confirm ${name}.`,
  });
  if (typed !== name) throw new CancelledError(`The name is not ${name}. Nothing was changed.`);
}
