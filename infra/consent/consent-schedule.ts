import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { createScheduleRole } from '../schedule-role.ts';

/** The event of the sweep. */
export const SWEEP_PAYLOAD = { action: 'sweep' } as const;

const PERIOD = Duration.minutes(5);

export interface ConsentScheduleProps {
  /** The alias of ConsentApi that the schedule invokes. */
  readonly door: IFunction;
  /** The dead-letter queue that the ticks have too. */
  readonly undelivered: IQueue;
}

/** Invokes ConsentApi every five minutes, to finish or revoke what was left when a process ended. */
export class ConsentSchedule extends Construct {
  constructor(scope: Construct, id: string, { door, undelivered }: ConsentScheduleProps) {
    super(scope, id);
    const role = this.#createRole(door, undelivered);
    const schedule = new Schedule(this, 'EveryFiveMinutes', {
      description: 'Finishes or revokes Zoho consents that were left',
      schedule: ScheduleExpression.rate(PERIOD),
      target: new LambdaInvoke(door, {
        input: ScheduleTargetInput.fromObject(SWEEP_PAYLOAD),
        // Without this, LambdaInvoke would also allow all versions and aliases of the function.
        role: role.withoutPolicyUpdates(),
        deadLetterQueue: undelivered,
        // The next sweep follows in five minutes and finds the same work.
        retryAttempts: 2,
        maxEventAge: PERIOD,
      }),
    });
    // The schedule starts at once.
    schedule.node.addDependency(
      role.node.findChild('DefaultPolicy'),
      door.node.findChild('EventInvokeConfig'),
    );
  }

  #createRole(door: IFunction, undelivered: IQueue): Role {
    const role = createScheduleRole(this, 'Role', 'Allows the schedule to sweep Zoho consents');
    for (const [action, arn] of [
      ['lambda:InvokeFunction', door.functionArn],
      ['sqs:SendMessage', undelivered.queueArn],
    ] as const)
      role.addToPolicy(new PolicyStatement({ actions: [action], resources: [arn] }));
    return role;
  }
}
