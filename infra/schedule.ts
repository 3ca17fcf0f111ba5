import { Duration } from 'aws-cdk-lib';
import { Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeDeadLetterQueue } from './nag-acknowledgements.ts';
import { createScheduleRole } from './schedule-role.ts';

/** The event that the refresher gets at every tick. */
export const TICK_PAYLOAD = { action: 'refresh-due' } as const;

/** The event of one shard of a fleet. */
export function shardPayload(shard: number): { readonly action: 'refresh-due'; readonly shard: number } {
  return { ...TICK_PAYLOAD, shard };
}

export interface RefreshScheduleProps {
  readonly refresher: IFunction;
  /** The alias of the refresher that the schedule invokes. */
  readonly door: IFunction;
  /** How many schedules a fleet has besides. @default 0 */
  readonly shards?: number | undefined;
}

/** Invokes the refresher once a minute to refresh the tokens that are due, and in a fleet once a minute for each shard. */
export class RefreshSchedule extends Construct {
  /** The dead-letter queue: ticks that could not be delivered. Failures of the refresher itself are in its metrics. */
  readonly undelivered: IQueue;
  readonly scheduleName: string;
  /** Those of the shards, in their order. */
  readonly shardScheduleNames: readonly string[];

  constructor(scope: Construct, id: string, { refresher, door, shards = 0 }: RefreshScheduleProps) {
    super(scope, id);
    const undelivered = new Queue(this, 'Undelivered', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledgeDeadLetterQueue(undelivered, 'This is the dead-letter queue of the schedule.');

    const role = this.#createRole(refresher, undelivered);
    const createSchedule = (scheduleId: string, description: string, payload: object) =>
      new Schedule(this, scheduleId, {
        description,
        schedule: ScheduleExpression.rate(Duration.minutes(1)),
        target: new LambdaInvoke(door, {
          input: ScheduleTargetInput.fromObject(payload),
          // Without this, LambdaInvoke would also allow all versions and aliases of the function.
          role: role.withoutPolicyUpdates(),
          deadLetterQueue: undelivered,
          // The next tick follows in a minute and does the same work, so a late one is useless.
          retryAttempts: 2,
          maxEventAge: Duration.minutes(1),
        }),
      });
    const schedule = createSchedule(
      'EveryMinute',
      'Refreshes the Zoho access tokens that are due',
      TICK_PAYLOAD,
    );
    const ofShards = Array.from({ length: shards }, (_, shard) =>
      createSchedule(
        `Shard${shard}`,
        `Refreshes the Zoho access tokens that are due in shard ${shard} of ${shards}`,
        shardPayload(shard),
      ),
    );
    // A schedule starts at once. Without the role's policies, its first ticks would go to the dead-letter queue; without
    // the alias's configuration, they would be retried.
    const invokeDoor = this.#allowDoor(role, door);
    for (const each of [schedule, ...ofShards])
      each.node.addDependency(
        role.node.findChild('DefaultPolicy'),
        invokeDoor,
        door.node.findChild('EventInvokeConfig'),
      );
    this.undelivered = undelivered;
    this.scheduleName = schedule.scheduleName;
    this.shardScheduleNames = ofShards.map(({ scheduleName }) => scheduleName);
  }

  #createRole(refresher: IFunction, undelivered: IQueue): Role {
    const role = createScheduleRole(this, 'Role', 'Allows the schedule to invoke the Zoho token refresher');
    // For upgrades from 0.2 and earlier, whose schedules invoke the function without an alias: until this schedule is changed,
    // and again if the upgrade is rolled back, its ticks must be allowed. To be removed in the release after 0.3.
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [refresher.functionArn] }),
    );
    role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] }),
    );
    return role;
  }

  /**
   * In a policy of its own, not in the one that 0.2 has too. A rollback restores changed resources in the order of the earlier
   * template and deletes new ones at the end, so the alias is allowed for as long as the schedule invokes it.
   */
  #allowDoor(role: Role, door: IFunction): Policy {
    const statement = new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [door.functionArn],
    });
    return new Policy(this, 'InvokeDoor', { roles: [role], statements: [statement] });
  }
}
