import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts this one wildcard resource in the policies below `construct`. cdk-nag's rule AwsSolutions-IAM5 identifies each
 * finding by the resource, with references in angle brackets.
 */
export function acknowledgeWildcard(construct: IConstruct, resourceArn: string, reason: string): void {
  const finding = `Resource::${flatten(Stack.of(construct).resolve(resourceArn))}`;
  acknowledge(construct, { rule: 'AwsSolutions-IAM5', finding, reason, resourceType: 'AWS::IAM::Policy' });
}

/** Accepts that a secret does not use Secrets Manager's rotation. */
export function acknowledgeNoRotation(construct: IConstruct, reason: string): void {
  acknowledge(construct, { rule: 'AwsSolutions-SMG4', reason, resourceType: 'AWS::SecretsManager::Secret' });
}

/** Accepts that a queue has no dead-letter queue, because it is one. */
export function acknowledgeDeadLetterQueue(construct: IConstruct, reason: string): void {
  acknowledge(construct, { rule: 'AwsSolutions-SQS3', reason, resourceType: 'AWS::SQS::Queue' });
}

/** Accepts that a route of an HTTP API needs no authorization. */
export function acknowledgePublicRoute(construct: IConstruct, reason: string): void {
  acknowledge(construct, { rule: 'AwsSolutions-APIG4', reason, resourceType: 'AWS::ApiGatewayV2::Route' });
}

interface Acknowledgement {
  readonly rule: string;
  readonly finding?: string;
  readonly reason: string;
  /** Type of the resources that the rule finds. */
  readonly resourceType: string;
}

/** For version 3 of cdk-nag by the construct library, for version 2 by metadata of the resources. Neither is needed here. */
function acknowledge(construct: IConstruct, { rule, finding, reason, resourceType }: Acknowledgement): void {
  const id = finding === undefined ? rule : `${rule}[${finding}]`;
  // Older versions of aws-cdk-lib have no `Validations`, or none that can acknowledge.
  const validations = (Validations as typeof Validations | undefined)?.of(construct);
  if (typeof validations?.acknowledge === 'function') validations.acknowledge({ id, reason });

  const suppression = { id: rule, reason, ...(finding === undefined ? {} : { applies_to: [finding] }) };
  for (const resource of construct.node.findAll()) {
    if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== resourceType) continue;
    const { rules_to_suppress: earlier = [] } = (resource.getMetadata('cdk_nag') ?? {}) as NagMetadata;
    resource.addMetadata('cdk_nag', { rules_to_suppress: [...earlier, suppression] });
  }
}

interface NagMetadata {
  readonly rules_to_suppress?: readonly object[];
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
