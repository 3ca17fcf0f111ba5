import type { Context } from 'aws-lambda';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';

const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:zoho-token-refresher-sandbox';

/** The context that Lambda passes to the handler of a function that is invoked through an alias. */
export function contextOf(door: RefresherDoor, remainingTimeMs?: number): Context {
  return { ...lambdaContext(remainingTimeMs), invokedFunctionArn: `${FUNCTION_ARN}:${door}` };
}

/** The door that senders of such an event use. */
export function doorFor(event: unknown): RefresherDoor {
  const { action, reason } = (event ?? {}) as { readonly action?: unknown; readonly reason?: unknown };
  if (action === 'refresh-due') return 'schedule';
  return reason === 'operator' ? 'operators' : 'consumers';
}

/** The context that Lambda passes to the handler of a function that is invoked without an alias. */
export function lambdaContext(remainingTimeMs = 60_000): Context {
  return {
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'zoho-token-refresher-sandbox',
    functionVersion: '$LATEST',
    invokedFunctionArn: FUNCTION_ARN,
    logGroupName: '/sandbox',
    logStreamName: 'sandbox',
    memoryLimitInMB: '512',
    getRemainingTimeInMillis: () => remainingTimeMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
