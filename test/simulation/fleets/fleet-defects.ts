import { edit, type SourceEdit } from '../promises/defect.ts';

const REFRESH_DUE = 'lambdas/refresher/refresh-due.ts';

/** Defects that make connections delay each other, or lose their tokens. The stories of fleets must find each of them. */
export const FLEET_DEFECTS: readonly (readonly [name: string, edit: SourceEdit])[] = [
  [
    'looks take the slots of renewals',
    edit(
      REFRESH_DUE,
      'return isFollowing(row) || isInService(row.status);',
      "return isFollowing(row) || isInService(row.status) || row.status === 'pending';",
    ),
  ],
  [
    'malformed rows stay at the head of the queue',
    edit(
      REFRESH_DUE,
      'clock.now() + URGENT_POLL_INTERVAL_MS, deadlines',
      'clock.now() - 3_600_000, deadlines',
    ),
  ],
  [
    'a data center that hangs is asked for each of its connections',
    edit('lambdas/refresher/data-center-memory.ts', 'const SUSPECTS = 5;', 'const SUSPECTS = 5_000;'),
  ],
  [
    'a minted token is thrown away while there is time',
    edit('lambdas/adapters/persist.ts', 'MOST_TRIES = 30', 'MOST_TRIES = 3'),
  ],
  [
    'an environment that was throttled goes on minting for consumers',
    edit('lambdas/refresher/publish-memory.ts', 'QUIET_MS = 20_000', 'QUIET_MS = 0'),
  ],
  [
    'a client that Zoho throttles is asked for each of its connections',
    edit('lambdas/refresher/client-limits.ts', 'const SUSPECTS = 3;', 'const SUSPECTS = 3_000;'),
  ],
  [
    'a client that Zoho throttles is asked again at once',
    edit('lambdas/refresher/client-limits.ts', 'THROTTLE_WINDOW_MS + 15_000', 'THROTTLE_WINDOW_MS / 10'),
  ],
  [
    'of the connections of a client, the newest token comes first',
    edit(
      'lambdas/core/refresh/client-turns.ts',
      'due.toSorted((one, other) => expiryOf(one) - expiryOf(other))',
      'due.toSorted((one, other) => expiryOf(other) - expiryOf(one))',
    ),
  ],
];
