import { ClientFleet } from './client-fleet.ts';

/** How a fleet fared whose client got a new secret, or was refused. */
export interface FleetResult {
  /** Why it failed; empty when it passed. */
  readonly problems: readonly string[];
  readonly fleet: ClientFleet;
}

interface Rotation {
  readonly connections: number;
  readonly seed: number;
  /** When Zoho ends the old secret, from the rotation on. */
  readonly endsAfterMinutes: number;
}

const RENEWED_MINUTES = 62;

/**
 * The secret of the client is rotated while three processes refresh the fleet, and die every few minutes: no connection may be
 * without a valid token for a second, and AWSCURRENT moves once, whichever process is first.
 */
export async function rotateClient({ connections, seed, endsAfterMinutes }: Rotation): Promise<FleetResult> {
  const fleet = new ClientFleet({ connections, seed });
  const end = () => fleet.refuse('first');
  await fleet.minutes(2);
  fleet.accept('second');
  if (endsAfterMinutes <= 0) end();
  await fleet.minutes(Math.max(0, -endsAfterMinutes));
  fleet.store('second', ['AWSPENDING']);
  await fleet.minutes(Math.max(0, endsAfterMinutes), { withCrashes: true });
  end();
  await fleet.minutes(RENEWED_MINUTES, { withCrashes: true });
  await fleet.thaw();
  return { fleet, problems: [...gapsOf(fleet), ...unlike(fleet, ['first', 'second']), ...notActive(fleet)] };
}

/**
 * Zoho accepts the new secret, and the processes freeze before they make it current. Meanwhile an operator replaces it by another one,
 * and Zoho ends both old ones. When the processes go on, the newest secret must stay current.
 */
export async function rotateTwice({
  connections,
  seed,
}: Omit<Rotation, 'endsAfterMinutes'>): Promise<FleetResult> {
  const fleet = new ClientFleet({ connections, seed });
  fleet.accept('second');
  fleet.refuse('first');
  fleet.store('second', ['AWSPENDING']);
  fleet.disturbAll('freeze', { n: 1, onCall: 'mint' });
  while (fleet.counts.froze === 0) await fleet.minutes(1);
  fleet.accept('third');
  fleet.refuse('second');
  fleet.store('third');
  await fleet.thaw();
  await fleet.minutes(RENEWED_MINUTES);
  return { fleet, problems: [...gapsOf(fleet), ...unlike(fleet, ['first', 'third']), ...notActive(fleet)] };
}

/** Zoho refuses the client for so long that every connection is blocked, while SNS fails at first and processes die. */
export async function refuseClient({
  connections,
  seed,
}: Omit<Rotation, 'endsAfterMinutes'>): Promise<FleetResult> {
  const fleet = new ClientFleet({ connections, seed });
  fleet.refuse('first');
  fleet.rejections = 3;
  await fleet.minutes(RENEWED_MINUTES, { withCrashes: true });
  const blocked = fleet.count(({ status }) => status === 'blocked');
  fleet.accept('second');
  fleet.store('second', ['AWSPENDING']);
  await fleet.minutes(12, { withCrashes: true });
  const subjects = fleet.notified.map(({ subject, level }) => `${level} ${subject}`);
  const expected = [
    'page ALARM: Zoho client acme is refused: invalid_client_secret',
    'page OK: Zoho client acme is accepted again',
  ];
  const problems = [
    ...(blocked === connections ? [] : [`only ${blocked} of ${connections} connections were blocked`]),
    ...(subjects.join('\n') === expected.join('\n')
      ? []
      : [`on-call got ${subjects.length}: ${subjects.slice(0, 5).join('; ')}`]),
    ...(fleet.count(({ incidents }) => incidents.length > 0) === 0 ? [] : ['notifications stay pending']),
  ];
  return { fleet, problems: [...problems, ...notActive(fleet)] };
}

function gapsOf({ gaps }: ClientFleet): string[] {
  return gaps.length === 0
    ? []
    : [`${gaps.length} connections had no valid token: ${gaps.slice(0, 3).join('; ')}`];
}

function unlike({ currents }: ClientFleet, expected: readonly string[]): string[] {
  return currents.join() === expected.join() ? [] : [`AWSCURRENT was ${currents.join(', ')}`];
}

function notActive(fleet: ClientFleet): string[] {
  const count = fleet.count(({ status, failures }) => status !== 'active' || failures > 0);
  return count === 0 ? [] : [`${count} connections are not active`];
}
