import type { Context } from 'aws-lambda';

/** The context that Lambda passes to a handler. */
export function lambdaContext(remainingTimeMs = 60_000): Context {
  return {
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'zoho-token-refresher-sandbox',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:zoho-token-refresher-sandbox',
    logGroupName: '/sandbox',
    logStreamName: 'sandbox',
    memoryLimitInMB: '512',
    getRemainingTimeInMillis: () => remainingTimeMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
