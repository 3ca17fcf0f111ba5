import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeDeadLetterQueue } from './nag-acknowledgements.ts';

/** What the refresher is sent at every tick. */
export const TICK_PAYLOAD = { action: 'refresh-due' } as const;

export interface RefreshScheduleProps {
  readonly refresher: IFunction;
}

/** The tick: once a minute the refresher is told to refresh whatever is due. */
export class RefreshSchedule extends Construct {
  /** Ticks that could not be delivered. Failures of the refresher itself are not among them: see its metrics. */
  readonly undelivered: IQueue;
  readonly scheduleName: string;

  constructor(scope: Construct, id: string, { refresher }: RefreshScheduleProps) {
    super(scope, id);
    const undelivered = new Queue(this, 'Undelivered', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledgeDeadLetterQueue(undelivered, 'This is the dead-letter queue of the schedule.');

    const schedule = new Schedule(this, 'EveryMinute', {
      description: 'Refreshes the Zoho access tokens that are due',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target: new LambdaInvoke(refresher, {
        input: ScheduleTargetInput.fromObject(TICK_PAYLOAD),
        // Its policies are complete: LambdaInvoke would add all versions and aliases of the function.
        role: this.#createRole(refresher, undelivered).withoutPolicyUpdates(),
        deadLetterQueue: undelivered,
        // The next tick comes in a minute and does the same: a late one is worth nothing.
        retryAttempts: 2,
        maxEventAge: Duration.minutes(1),
      }),
    });
    this.undelivered = undelivered;
    this.scheduleName = schedule.scheduleName;
  }

  #createRole(refresher: IFunction, undelivered: IQueue): Role {
    const role = new Role(this, 'Role', {
      description: 'Lets the schedule invoke the Zoho token refresher',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': this.#defaultScheduleGroupArn(),
          },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [refresher.functionArn] }),
    );
    role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] }),
    );
    return role;
  }

  /** EventBridge Scheduler presents itself as the schedule's group, not as the schedule. */
  #defaultScheduleGroupArn(): string {
    return Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: 'default',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
