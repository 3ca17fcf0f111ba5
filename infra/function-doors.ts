import { Duration } from 'aws-cdk-lib';
import { Alias, type IFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/**
 * Creates an alias for each kind of caller of a function. All of them point at `$LATEST`, which an alias may
 * ("Pattern: (\$LATEST|[0-9]+)", AliasConfiguration in Lambda's API reference): warm environments belong to a version, so versions
 * would divide them among the callers.
 *
 * Each has its own configuration of asynchronous calls, because that of the function is not that of its aliases
 * (PutFunctionEventInvokeConfig: "a function, version, or alias"). Without one, Lambda would retry a failed call twice, and
 * keep a throttled one for six hours. What a call of the schedule does not do, the next one does.
 */
export function createDoors<Door extends string>(
  scope: Construct,
  target: LambdaFunction,
  callers: Readonly<Record<Door, string>>,
): Readonly<Record<Door, IFunction>> {
  const doors = Object.entries<string>(callers).map(([door, description]) => {
    const alias = new Alias(scope, `Door-${door}`, {
      aliasName: door,
      description,
      version: target.latestVersion,
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    return [door, alias] as const;
  });
  return Object.fromEntries(doors) as unknown as Readonly<Record<Door, IFunction>>;
}
