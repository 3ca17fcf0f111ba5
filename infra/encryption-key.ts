import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * The key of the secrets and the alarm topics. It is retained when the stack is deleted, because the credentials are too and
 * only this key decrypts them. Not retained when its first deployment fails, so that a retry leaves no orphan.
 */
export function createEncryptionKey(
  scope: Construct,
  id: string,
  { alias }: { readonly alias: string },
): Key {
  const { account, stackName } = Stack.of(scope);
  const key = new Key(scope, id, {
    alias,
    description: `Zoho credentials, access tokens and alarm notifications of ${stackName}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // The actions that AWS documents for services that publish to an encrypted topic. Without them, alarms notify no one.
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsPublishToTheEncryptedTopic',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  return key;
}
