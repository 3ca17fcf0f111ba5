/**
 * The doors of the refresher: an alias for each kind of caller. IAM allows each caller one alias, so the alias that was
 * invoked says who calls; the event could say anything.
 */
export const REFRESHER_DOORS = ['schedule', 'consumers', 'operators'] as const;
export type RefresherDoor = (typeof REFRESHER_DOORS)[number];

/**
 * The door that an invocation came through, from the context's `invokedFunctionArn`. Undefined for a call without an alias,
 * which has the rights of a consumer: callers of version 0.2 and earlier invoke the function so. An alias that is not ours
 * counts as none.
 *
 * @example
 * doorOf('arn:aws:lambda:eu-central-1:111122223333:function:refresher:operators'); // 'operators'
 */
export function doorOf(invokedFunctionArn: string): RefresherDoor | undefined {
  const qualifier = invokedFunctionArn.split(':')[7];
  return REFRESHER_DOORS.find((door) => door === qualifier);
}
