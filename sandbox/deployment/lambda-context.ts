import type { Context } from 'aws-lambda';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';

const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:zoho-token-refresher-sandbox';

/** The context that Lambda passes to the handler of a function that is invoked through an alias. */
export function contextOf(door: RefresherDoor): Context {
  return { ...lambdaContext(), invokedFunctionArn: `${FUNCTION_ARN}:${door}` };
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
