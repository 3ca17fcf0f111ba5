import type { InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { ConsentApiError, listInvites } from './consent-api.ts';

/** The invites that were read, or why AWS or ConsentApi did not return them. */
export type ReadInvites =
  | ReadResult<readonly InviteView[]>
  | { readonly kind: 'failed'; readonly error: ConsentApiError };

/** Reads the invites of a connection, or all, for a report that goes on without them. */
export async function readInvites(session: Session, connection?: string): Promise<ReadInvites> {
  try {
    return await tryRead(() => listInvites(session, connection));
  } catch (error) {
    if (error instanceof ConsentApiError) return { kind: 'failed', error };
    throw error;
  }
}
