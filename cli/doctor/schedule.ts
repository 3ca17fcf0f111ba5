import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** What invokes the refresher, and what may keep it from running. */
export interface ScheduleFacts {
  readonly functionArn: string;
  readonly scheduleName: string;
  /** `ENABLED` or `DISABLED`. */
  readonly state: ReadResult<string | undefined>;
  /** Undefined when none is reserved. */
  readonly reservedConcurrency: ReadResult<number | undefined>;
}

/** Reads the schedule and the concurrency of the function that it invokes. */
export async function readSchedule(session: Session): Promise<ScheduleFacts> {
  const { functionArn, scheduleName } = await session.deployment();
  const { lambda } = session.aws;
  const [state, reservedConcurrency] = await Promise.all([
    readScheduleState(session, scheduleName),
    tryRead(async () => {
      const call = { action: 'lambda:GetFunctionConcurrency', resource: functionArn };
      const command = new GetFunctionConcurrencyCommand({ FunctionName: functionArn });
      return (await callAws(call, () => lambda.send(command))).ReservedConcurrentExecutions;
    }),
  ]);
  return { functionArn, scheduleName, state, reservedConcurrency };
}

/** `ENABLED` or `DISABLED`. */
export async function readScheduleState(
  { aws: { scheduler } }: Session,
  scheduleName: string,
): Promise<ReadResult<string | undefined>> {
  const call = { action: 'scheduler:GetSchedule', resource: scheduleName };
  const command = new GetScheduleCommand({ Name: scheduleName });
  return await tryRead(async () => (await callAws(call, () => scheduler.send(command))).State);
}

/** Whether the schedule is enabled and the function is allowed to run. */
export function judgeSchedule({
  functionArn,
  scheduleName,
  state,
  reservedConcurrency,
}: ScheduleFacts): Finding {
  if (reservedConcurrency.kind === 'read' && reservedConcurrency.value === 0) {
    return fail(
      'the reserved concurrency of the refresher is 0: it never runs',
      `Run: aws lambda delete-function-concurrency --function-name ${functionArn}`,
    );
  }
  if (state.kind === 'unavailable') {
    return state.error.code === 'aws_not_found'
      ? fail(
          `the schedule ${scheduleName} does not exist: it was deleted`,
          'See docs/runbooks/RefresherSilent.md.',
        )
      : unavailable('the schedule', state.error);
  }
  if (state.value !== 'ENABLED') {
    return fail(
      `the schedule ${scheduleName} is ${state.value ?? 'in an unknown state'}: nothing is refreshed`,
      'Enable it in the console (EventBridge Scheduler, Schedules). See docs/runbooks/RefresherSilent.md.',
    );
  }
  if (reservedConcurrency.kind === 'unavailable')
    return unavailable(
      "the schedule is enabled, but the function's reserved concurrency",
      reservedConcurrency.error,
    );
  return pass('enabled, and the refresher is allowed to run');
}
