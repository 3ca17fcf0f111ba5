import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import {
  createApp,
  createStack,
  logicalId,
  propertiesOf,
  synthesize,
  TWO_CONNECTIONS,
} from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS });
const KEY_ARN = { 'Fn::GetAtt': [logicalId(deployed, 'AWS::KMS::Key'), 'Arn'] };

describe('the token secrets of declared connections', () => {
  const secrets = propertiesOf(deployed, 'AWS::SecretsManager::Secret');

  test('are the only secrets of the stack, and have no value from CloudFormation', () => {
    expect(secrets.map((secret) => secret.Name).sort()).toEqual([
      'zoho/crm-prod/access-token',
      'zoho/desk-test/access-token',
    ]);
    for (const secret of secrets) {
      expect(secret).not.toHaveProperty('SecretString');
      expect(secret).not.toHaveProperty('GenerateSecretString');
    }
  });

  test('are encrypted with the key of the stack', () => {
    for (const secret of secrets) expect(secret.KmsKeyId).toEqual(KEY_ARN);
  });

  test('are deleted with their connection: a retained secret would keep the name taken', () => {
    deployed.hasResource('AWS::SecretsManager::Secret', {
      Properties: { Name: 'zoho/crm-prod/access-token' },
      DeletionPolicy: 'Delete',
    });
  });

  test('are replicated to the configured regions', () => {
    const replicated = secrets.filter(({ ReplicaRegions }) => ReplicaRegions !== undefined);

    expect(replicated).toEqual([
      expect.objectContaining({
        Name: 'zoho/crm-prod/access-token',
        ReplicaRegions: [{ Region: 'us-east-1' }],
      }),
    ]);
  });

  test('cannot be replicated to the region of the stack', () => {
    const app = createApp();
    const stack = createStack({ connections: TWO_CONNECTIONS }, app, { env: { region: 'us-east-1' } });

    expect(() => Template.fromStack(stack)).toThrow(
      'connections.crm-prod.replicaRegions: "us-east-1" is the stack\'s own region. Allowed: other regions.',
    );
  });
});

describe('the table', () => {
  test('is billed on demand, recoverable to any second and retained when the stack is deleted', () => {
    deployed.hasResource('AWS::DynamoDB::Table', {
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('has an index of what is due and one of what expires next', () => {
    deployed.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'connection', KeyType: 'HASH' }],
      AttributeDefinitions: Match.arrayEquals([
        { AttributeName: 'connection', AttributeType: 'S' },
        { AttributeName: 'queue', AttributeType: 'S' },
        { AttributeName: 'nextAttemptAt', AttributeType: 'N' },
        { AttributeName: 'live', AttributeType: 'S' },
        { AttributeName: 'tokenExpiresAt', AttributeType: 'N' },
      ]),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'due',
          KeySchema: [
            { AttributeName: 'queue', KeyType: 'HASH' },
            { AttributeName: 'nextAttemptAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
        {
          IndexName: 'expiry',
          KeySchema: [
            { AttributeName: 'live', KeyType: 'HASH' },
            { AttributeName: 'tokenExpiresAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  test('never expires a row', () => {
    deployed.hasResourceProperties('AWS::DynamoDB::Table', { TimeToLiveSpecification: Match.absent() });
  });
});

describe('the key', () => {
  test('is rotated, and is retained with the credentials when the stack is deleted', () => {
    deployed.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    deployed.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/ZohoTokenRefresher' });
  });

  test('is not needed for a notification: no topic is encrypted with it, and alarms may not use it', () => {
    for (const topic of propertiesOf(deployed, 'AWS::SNS::Topic'))
      expect(topic).not.toHaveProperty('KmsMasterKeyId');
    expect(JSON.stringify(propertiesOf(deployed, 'AWS::KMS::Key'))).not.toContain('cloudwatch');
  });
});
