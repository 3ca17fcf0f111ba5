import { tryRead, valueIfRead } from '../aws/try-read.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/**
 * Where the notifications of the deployment link its runbooks. Undefined, which means the default, if nothing else is
 * configured, if the settings cannot be read, or if no deployment can be found.
 */
export async function readRunbookAddress(
  session: Pick<Session, 'refresherSettings'>,
): Promise<string | undefined> {
  try {
    return valueIfRead(await tryRead(() => session.refresherSettings()))?.runbookBaseUrl;
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}
