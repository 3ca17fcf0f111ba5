import { InfrastructureError } from '../core/failures.ts';
import { withTimeLimit } from '../core/first-abort.ts';
import type { FoundCredentials } from './read-credentials.ts';
import type { AttemptContext } from './refresh-context.ts';

/** The access token waits meanwhile, and is published in any case. */
const PROMOTE_MS = 5_000;

/**
 * After Zoho has accepted the new secret of a client: makes it the current one, for all connections of the client. If another attempt
 * was faster, that one counts. If it fails, the next connection that needs the new secret does it.
 */
export async function promoteClient(
  context: AttemptContext,
  connection: string,
  { shared }: FoundCredentials,
): Promise<void> {
  if (shared?.replaces === undefined) return;
  const { name: client, version, replaces } = shared;
  const versions = { fromVersionId: replaces, pendingVersionId: version.versionId };
  try {
    const isPromoted = await withTimeLimit(context.clock, PROMOTE_MS, context.deadlines.work, (signal) =>
      context.clients.promote(client, versions, signal),
    );
    if (isPromoted) {
      context.log.info('the new secret of a client is current', {
        client,
        connection,
        reason: 'Zoho refuses the old one and accepts this one.',
      });
    }
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const { code, message } = error;
    context.log.warn('the new secret of a client is used, and could not be made current', {
      client,
      connection,
      code,
      reason: message,
    });
  }
}
