import type { Connection } from '../core/connection/connection.ts';
import { acquireLease, type LeasePurpose } from '../core/connection/lease.ts';
import type { MintReason, RefreshRequest } from '../core/refresh/refresh-decision.ts';
import { afterSuccess } from '../core/refresh/refresh-transitions.ts';
import { exchangeToken } from './exchange-token.ts';
import { publishUnderLease } from './publish-under-lease.ts';
import type { FoundCredentials } from './read-credentials.ts';
import type { AttemptContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';

/** Takes the lease, mints and publishes a token, and writes the result to the row. */
export function mintToken(
  context: AttemptContext,
  seen: Connection,
  request: RefreshRequest,
  { reason, stored }: { readonly reason: MintReason; readonly stored: FoundCredentials | undefined },
): Promise<RefreshResult> {
  const lease = {
    owner: context.newLeaseOwner(),
    nowMs: context.clock.now(),
    leaseMs: context.settings.leaseMs,
  };
  const leased = acquireLease(seen, lease, purposeOf(reason));
  return publishUnderLease(context, seen, request, {
    leased,
    publish: async () => {
      const exchange = await exchangeToken(context, leased, stored);
      return exchange.kind === 'published'
        ? { kind: 'published', next: afterSuccess(leased, exchange), authorization: exchange.authorization }
        : exchange;
    },
  });
}

function purposeOf(reason: MintReason): LeasePurpose {
  if (reason === 'token-rejected') return 'complaint';
  return reason === 'due' ? 'renewal' : 'other';
}
