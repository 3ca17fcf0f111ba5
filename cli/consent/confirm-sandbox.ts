import type { Grant } from '../../lambdas/core/consent/grant.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { dropGrant } from './drop-grant.ts';

/**
 * A sandbox is easily picked by mistake, and the connection would then work on the wrong records. Throws unless the user wants it;
 * the new refresh token is then revoked.
 */
export async function confirmSandbox(session: Session, grant: Grant): Promise<void> {
  const { prompts } = session.runtime.terminal;
  const what =
    'The organization that was picked on the consent page is a sandbox of the CRM, not production.';
  const isWanted =
    prompts.isInteractive &&
    (await prompts
      .confirm({ message: `${what} Store its credentials all the same?`, withoutTerminal: '' })
      .catch((error: unknown) => {
        // The refresh token must still be revoked.
        if (error instanceof CancelledError) return false;
        throw error;
      }));
  if (isWanted) return;
  throw new CliError(
    `${what} Nothing was changed. ${await dropGrant(session, grant)}`,
    'Start again and pick the production organization. If you want the sandbox, use --sandbox.',
  );
}
