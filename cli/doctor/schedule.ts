import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { type Look, look } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unknown, unseen } from './finding.ts';

/** What makes the refresher run, or keeps it from running. */
export interface ScheduleFacts {
  readonly functionName: string;
  /** Undefined for a stack that was deployed before it had the output. */
  readonly scheduleName: string | undefined;
  /** `ENABLED` or `DISABLED`; undefined when there is no name to ask for. */
  readonly state: Look<string | undefined>;
  /** Undefined when none is reserved. */
  readonly reservedConcurrency: Look<number | undefined>;
}

/** Looks at the schedule and at the function that it calls. */
export async function readSchedule(session: Session): Promise<ScheduleFacts> {
  const { functionName, scheduleName } = await session.deployment();
  const { scheduler, lambda } = session.aws;
  const [state, reservedConcurrency] = await Promise.all([
    look(async () => {
      if (scheduleName === undefined) return undefined;
      const call = { action: 'scheduler:GetSchedule', resource: scheduleName };
      return (await callAws(call, () => scheduler.send(new GetScheduleCommand({ Name: scheduleName }))))
        .State;
    }),
    look(async () => {
      const call = { action: 'lambda:GetFunctionConcurrency', resource: functionName };
      const command = new GetFunctionConcurrencyCommand({ FunctionName: functionName });
      return (await callAws(call, () => lambda.send(command))).ReservedConcurrentExecutions;
    }),
  ]);
  return { functionName, scheduleName, state, reservedConcurrency };
}

/** Whether the tick comes once a minute, and finds a function that may run. */
export function judgeSchedule({
  functionName,
  scheduleName,
  state,
  reservedConcurrency,
}: ScheduleFacts): Finding {
  if (reservedConcurrency.kind === 'seen' && reservedConcurrency.value === 0) {
    return fail(
      'the reserved concurrency of the refresher is 0: it never runs',
      `aws lambda delete-function-concurrency --function-name ${functionName}`,
    );
  }
  if (scheduleName === undefined)
    return unknown(
      'the stack does not say what its schedule is called: it is of an older version',
      'npm run deploy',
    );
  if (state.kind === 'unseen') {
    return state.error.code === 'aws_not_found'
      ? fail(`there is no schedule ${scheduleName}: somebody deleted it`, 'docs/runbooks/RefresherSilent.md')
      : unseen('the schedule', state.error);
  }
  if (state.value !== 'ENABLED') {
    return fail(
      `the schedule ${scheduleName} is ${state.value ?? 'in no state'}: nothing is refreshed`,
      'Enable it: EventBridge Scheduler, Schedules, Enable. See docs/runbooks/RefresherSilent.md.',
    );
  }
  if (reservedConcurrency.kind === 'unseen')
    return unseen("the schedule is enabled; the function's reserved concurrency", reservedConcurrency.error);
  return pass('enabled, and the refresher may run');
}
