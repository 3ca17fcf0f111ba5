import { CancelledError, UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/** Lets the person type the connection's name before something that cannot be undone. `confirm`: typed on the command line. */
export async function confirmByName(
  session: Session,
  name: string,
  { what, confirm }: { readonly what: string; readonly confirm: string | undefined },
): Promise<void> {
  if (confirm !== undefined) {
    if (confirm === name) return;
    throw new UsageError(`--confirm does not name ${name}.`, 'Nothing was changed.');
  }
  const { prompts } = session.machine.terminal;
  const typed = await prompts.text({
    message: `${what} Type the connection's name to go on:`,
    otherwise: `Give --confirm ${name}.`,
  });
  if (typed !== name) throw new CancelledError(`That is not ${name}. Nothing was changed.`);
}
