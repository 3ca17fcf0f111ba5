import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts this one wildcard resource in the policies below `construct`. cdk-nag's rule AwsSolutions-IAM5 identifies each
 * finding by the resource, with references in angle brackets.
 */
export function acknowledgeWildcard(construct: IConstruct, resourceArn: string, reason: string): void {
  const finding = flatten(Stack.of(construct).resolve(resourceArn));
  Validations.of(construct).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
}

/** Accepts that a secret does not use Secrets Manager's rotation. */
export function acknowledgeNoRotation(construct: IConstruct, reason: string): void {
  Validations.of(construct).acknowledge({ id: 'AwsSolutions-SMG4', reason });
}

/** Accepts that a queue has no dead-letter queue, because it is one. */
export function acknowledgeDeadLetterQueue(construct: IConstruct, reason: string): void {
  Validations.of(construct).acknowledge({ id: 'AwsSolutions-SQS3', reason });
}

/** A resolved ARN in cdk-nag's notation: `arn:<AWS::Partition>:…`, `<LogicalId.Arn>:*`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: reference, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (reference !== undefined) return `<${reference}>`;
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  if (join !== undefined) return join[1].map(flatten).join(join[0]);
  throw new Error(
    `Cannot acknowledge the wildcard ${JSON.stringify(value)}. Use a string, Ref, Fn::GetAtt or Fn::Join.`,
  );
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
}
