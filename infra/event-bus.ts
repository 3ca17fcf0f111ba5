import { Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { EVENT_SOURCE } from '../lambdas/core/connection/state-change.ts';
import { allow } from './function-role.ts';

/** Allows a role to put this project's events of one kind on the bus that every account has. Rules on it can forward them. */
export function allowEvents(role: Role, detailType: string): void {
  const bus = Stack.of(role).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  allow(role, ['events:PutEvents'], [bus], {
    StringEquals: { 'events:source': EVENT_SOURCE, 'events:detail-type': detailType },
  });
}
