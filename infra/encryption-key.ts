import { Duration, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { REMOVAL_POLICIES } from './removal-policies.ts';
import type { Settings } from './settings/settings.ts';

export interface EncryptionKeyProps extends Pick<Settings, 'removalPolicy'> {
  readonly alias: string;
}

/**
 * The key of the secrets. By default it is retained when the stack is deleted, because the credentials are too and only this key
 * decrypts them.
 */
export function createEncryptionKey(
  scope: Construct,
  id: string,
  { alias, removalPolicy }: EncryptionKeyProps,
): Key {
  return new Key(scope, id, {
    alias,
    description: `Zoho credentials and access tokens of ${Stack.of(scope).stackName}`,
    enableKeyRotation: true,
    removalPolicy: REMOVAL_POLICIES[removalPolicy],
    ...(removalPolicy === 'destroy' && { pendingWindow: Duration.days(7) }),
  });
}
