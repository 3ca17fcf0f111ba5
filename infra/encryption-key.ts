import { Duration, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { REMOVAL_POLICIES } from './removal-policies.ts';
import type { Settings } from './settings/settings.ts';

export interface EncryptionKeyProps extends Pick<Settings, 'removalPolicy'> {
  readonly alias: string;
}

/**
 * The key of the secrets and the alarm topics. By default it is retained when the stack is deleted, because the credentials are
 * too and only this key decrypts them.
 */
export function createEncryptionKey(
  scope: Construct,
  id: string,
  { alias, removalPolicy }: EncryptionKeyProps,
): Key {
  return new Key(scope, id, {
    alias,
    description: `Zoho credentials, access tokens and alarm notifications of ${Stack.of(scope).stackName}`,
    enableKeyRotation: true,
    removalPolicy: REMOVAL_POLICIES[removalPolicy],
    ...(removalPolicy === 'destroy' && { pendingWindow: Duration.days(7) }),
  });
}

/**
 * Lets alarms publish to topics that are encrypted with the key: the actions that AWS documents for services. Without them, alarms
 * notify no one. Has no effect on an imported key.
 */
export function allowAlarms(scope: Construct, key: IKey): void {
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsPublishToTheEncryptedTopic',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
}
