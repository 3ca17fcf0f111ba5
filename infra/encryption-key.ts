import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * The one key of secrets and alarm topic. It outlives the stack: the credentials do, and nothing else decrypts them.
 * Not kept when its very first deployment fails, so that trying again leaves no orphan.
 */
export function createEncryptionKey(scope: Construct, id: string): Key {
  const { account, stackName } = Stack.of(scope);
  const key = new Key(scope, id, {
    alias: `alias/${stackName}`,
    description: `Zoho credentials, access tokens and alarm notifications of ${stackName}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // The actions as AWS documents them for services that publish to an encrypted topic; without them alarms are silent.
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
