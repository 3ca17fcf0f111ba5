import { alarmNamePrefix } from '../../lambdas/core/deployment-address.ts';
import { tryRead } from '../aws/try-read.ts';
import { readActiveAlarms } from '../cloudwatch/alarms.ts';
import type { DeployedConsent, DeployedFleet, Deployment } from '../deployment/deployment.ts';
import type { Session } from '../session.ts';
import { judgeAlarmSetup, readAlarmSetup } from './alarm-setup.ts';
import { type ConcernedBy, judgeAlarms } from './alarms.ts';
import type { Check, DeploymentContext } from './check.ts';
import { judgePages, readPages } from './consent.ts';
import { judgeDeadLetterQueue, readDeadLetterQueue } from './dead-letter-queue.ts';
import { judgeEncryptionKey, readEncryptionKey } from './encryption-key.ts';
import type { Finding } from './finding.ts';
import { judgeHeartbeats, readHeartbeats } from './heartbeat.ts';
import { judgeSchedule, readSchedule } from './schedule.ts';
import {
  judgeShardHeartbeats,
  judgeShardSchedules,
  readShardHeartbeats,
  readShardSchedules,
} from './shards.ts';
import { judgeStores } from './store.ts';
import { judgeSubscriptions, readSubscriptions } from './subscriptions.ts';

type DeploymentCheck = Check<DeploymentContext>;

/** The checks of what all connections need, for `doctor` without a name. */
export function deploymentChecks({ fleet, consent }: Deployment): readonly DeploymentCheck[] {
  return [
    {
      name: 'stores',
      run: async ({ session }) => judgeStores(await tryRead(() => session.list()), fleet !== undefined),
    },
    ENCRYPTION_KEY,
    ...runChecks(fleet, everyShard(fleet)),
    { name: 'alarms', run: ({ session }) => checkAlarms(session, 'deployment') },
    ...NOTIFICATION_CHECKS,
    ...pagesChecks(consent),
  ];
}

export const ENCRYPTION_KEY: DeploymentCheck = {
  name: 'encryption-key',
  run: async ({ session }) => judgeEncryptionKey(await readEncryptionKey(session)),
};

/** Whether the refresher runs, for declared connections and for these shards. */
export function runChecks(
  fleet: DeployedFleet | undefined,
  shards: readonly number[],
): readonly DeploymentCheck[] {
  const isOfShards = fleet !== undefined && shards.length > 0;
  return [
    { name: 'schedule', run: async ({ session }) => judgeSchedule(await readSchedule(session)) },
    ...(isOfShards
      ? [
          {
            name: 'shard-schedule',
            run: async ({ session }: DeploymentContext) =>
              judgeShardSchedules(await readShardSchedules(session, fleet, shards), fleet),
          },
        ]
      : []),
    {
      name: 'dead-letter-queue',
      run: async ({ session }) => judgeDeadLetterQueue(await readDeadLetterQueue(session)),
    },
    { name: 'heartbeat', run: async ({ session }) => judgeHeartbeats(await readHeartbeats(session)) },
    ...(isOfShards
      ? [
          {
            name: 'shard-heartbeat',
            run: async ({ session }: DeploymentContext) =>
              judgeShardHeartbeats(await readShardHeartbeats(session, shards), fleet),
          },
        ]
      : []),
  ];
}

/** Whether problems are notified. */
export const NOTIFICATION_CHECKS: readonly DeploymentCheck[] = [
  {
    name: 'alarm-setup',
    run: async ({ session }) => judgeAlarmSetup(await readAlarmSetup(session)),
  },
  {
    name: 'subscriptions',
    run: async ({ session }) => judgeSubscriptions(await readSubscriptions(session)),
  },
];

/** Whether the pages of invites answer, if they are deployed. */
export function pagesChecks(consent: DeployedConsent | undefined): readonly DeploymentCheck[] {
  if (consent === undefined) return [];
  return [
    {
      name: 'consent-pages',
      run: async ({ session }) => judgePages(consent, await readPages(session, consent)),
    },
  ];
}

/** Whether an alarm is in ALARM that concerns a connection, or the deployment. */
export async function checkAlarms(session: Session, concerned: ConcernedBy): Promise<Finding> {
  const { stackName, secretPrefix } = await session.deployment();
  const namePrefix = alarmNamePrefix(stackName, secretPrefix);
  const active = await tryRead(() => readActiveAlarms(session.aws.cloudWatch, namePrefix));
  return judgeAlarms(active, { concerned, namePrefix }, session.runtime.clock.now());
}

function everyShard(fleet: DeployedFleet | undefined): readonly number[] {
  return Array.from({ length: fleet?.shards ?? 0 }, (_, shard) => shard);
}
