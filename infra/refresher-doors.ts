import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { RefresherDoor } from '../lambdas/core/refresh/refresher-door.ts';
import { createDoors } from './function-doors.ts';

/** An alias of the refresher for each kind of caller. */
export type RefresherDoors = Readonly<Record<RefresherDoor, IFunction>>;

/** Creates the aliases. */
export function createRefresherDoors(scope: Construct, refresher: LambdaFunction): RefresherDoors {
  return createDoors(scope, refresher, CALLERS);
}

const CALLERS: Readonly<Record<RefresherDoor, string>> = {
  schedule: 'Invoked by the schedule: refreshes the tokens that are due',
  consumers: 'Invoked by consumers whose token Zoho rejected',
  operators: 'Invoked by operators, with zoho-tokens',
};
