import { Duration } from 'aws-cdk-lib';
import { Alias, type IFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { REFRESHER_DOORS, type RefresherDoor } from '../lambdas/core/refresh/refresher-door.ts';

/** An alias of the refresher for each kind of caller. */
export type RefresherDoors = Readonly<Record<RefresherDoor, IFunction>>;

/**
 * Creates the aliases. All of them point at `$LATEST`, which an alias may ("Pattern: (\$LATEST|[0-9]+)", AliasConfiguration in
 * Lambda's API reference): warm environments belong to a version, so versions would divide them among the callers.
 *
 * Each has its own configuration of asynchronous calls, because that of the function is not that of its aliases
 * (PutFunctionEventInvokeConfig: "a function, version, or alias"). Without one, Lambda would retry a failed tick twice, and
 * keep a throttled one for six hours. The same holds for a consumer or an operator who invokes asynchronously.
 */
export function createRefresherDoors(scope: Construct, refresher: LambdaFunction): RefresherDoors {
  const doors = REFRESHER_DOORS.map((door) => {
    const alias = new Alias(scope, `Door-${door}`, {
      aliasName: door,
      description: CALLERS[door],
      version: refresher.latestVersion,
      // The next tick follows in a minute and finds the same work.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    return [door, alias] as const;
  });
  return Object.fromEntries(doors) as unknown as RefresherDoors;
}

const CALLERS: Readonly<Record<RefresherDoor, string>> = {
  schedule: 'Invoked by the schedule: refreshes the tokens that are due',
  consumers: 'Invoked by consumers whose token Zoho rejected',
  operators: 'Invoked by operators, with zoho-tokens',
};
