import { dueConnection, MINUTE_MS, NOW_MS, pendingConnection, SECOND_MS } from '../../support/builders.ts';
import { Fleet } from '../../unit/refresher/fleet.ts';
import { HangingDataCenter } from './hanging-data-center.ts';
import { judge, type Story } from './story.ts';

const IN_TIME_MS = 5 * MINUTE_MS;
const HANGING_MINUTES = 60;
/** As many as run at the same time, and then one in each minute. */
const MOST_CALLS_INTO_THE_VOID = 25 + HANGING_MINUTES;

const PENDING = 2_000;
const EXPIRED = 500;
const MALFORMED = 700;
/** The pace of looks. */
const A_LOOK_MS = SECOND_MS / 10;

/** What other connections do to the ticks that renew one. */
export const TICK_STORIES: readonly Story[] = [
  {
    name: 'a data center hangs for an hour',
    tell: async () => {
      const { fleet, restOfOthers } = new HangingDataCenter(120);
      fleet.hangs('us');
      await fleet.run(HANGING_MINUTES);
      fleet.hangs(undefined);
      await fleet.run(HANGING_MINUTES);
      const restMs = Math.min(...restOfOthers());
      const { callsIntoTheVoid } = fleet;
      return judge([
        [restMs < IN_TIME_MS, `a token of another data center was replaced ${restMs} ms before its end`],
        [callsIntoTheVoid > MOST_CALLS_INTO_THE_VOID, `it was asked ${callsIntoTheVoid} times`],
      ]);
    },
  },
  {
    name: `${PENDING} connections that no one has authorized are due before ${EXPIRED} renewals`,
    tell: async () => {
      const expired = {
        versionId: 'v',
        issuedAtMs: NOW_MS - 61 * MINUTE_MS,
        expiresAtMs: NOW_MS - MINUTE_MS,
      };
      const fleet = new Fleet(
        ...namesOf('pending', PENDING).map((name) =>
          pendingConnection({ name, source: 'connected', nextAttemptAtMs: NOW_MS - MINUTE_MS }),
        ),
        ...namesOf('expired', EXPIRED).map((name) =>
          dueConnection({ name, source: 'connected', token: expired }),
        ),
      );
      const { onCredentials } = fleet;
      fleet.onCredentials = (name) => (name.startsWith('pending') ? { kind: 'empty' } : onCredentials(name));
      await fleet.run(1);
      const late = EXPIRED - (fleet.mints[0] ?? 0);
      return judge([[late > 0, `${late} of ${EXPIRED} renewals did not fit into the tick`]]);
    },
  },
  {
    name: `${MALFORMED} malformed rows are due before a connection that was authorized`,
    tell: async () => {
      const fleet = new Fleet(pendingConnection({ name: 'new', source: 'connected' }));
      const times = new Map(namesOf('malformed', MALFORMED).map((key) => [key, NOW_MS - MINUTE_MS]));
      const { onDue } = fleet;
      fleet.onDue = (nowMs) =>
        [
          ...[...times]
            .filter(([, atMs]) => atMs <= nowMs)
            .map(([key, nextAttemptAtMs]) => ({
              malformed: true as const,
              name: key,
              problem: 'status: is missing',
              place: { key, nextAttemptAtMs },
            })),
          ...onDue(nowMs),
        ].toSorted((one, other) => dueAt(one) - dueAt(other));
      fleet.onPostpone = ({ name }, untilMs) => {
        times.set(name, untilMs);
      };
      fleet.lookMs = A_LOOK_MS;
      await fleet.run(5);
      return judge([
        [fleet.rows.get('new')?.status !== 'active', 'the connection was not looked at in 5 minutes'],
      ]);
    },
  },
];

function namesOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index}`);
}

function dueAt(row: { nextAttemptAtMs?: number; place?: { nextAttemptAtMs: number } | undefined }): number {
  return row.nextAttemptAtMs ?? row.place?.nextAttemptAtMs ?? 0;
}
