import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { createApp, createStack, logicalId, synthesize, TWO_CONNECTIONS } from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS });
const KEY_ARN = { 'Fn::GetAtt': [logicalId(deployed, 'AWS::KMS::Key'), 'Arn'] };

describe('the secrets of a declared connection', () => {
  test('hold nothing that CloudFormation knows or makes up', () => {
    const secrets = Object.values(deployed.findResources('AWS::SecretsManager::Secret'));

    expect(secrets.map((secret) => secret.Properties.Name).sort()).toEqual([
      'zoho/crm-prod/access-token',
      'zoho/crm-prod/credentials',
      'zoho/desk-test/access-token',
      'zoho/desk-test/credentials',
    ]);
    for (const secret of secrets) {
      expect(secret.Properties).not.toHaveProperty('SecretString');
      expect(secret.Properties).not.toHaveProperty('GenerateSecretString');
    }
  });

  test('are encrypted with the key of the stack', () => {
    for (const secret of Object.values(deployed.findResources('AWS::SecretsManager::Secret'))) {
      expect(secret.Properties.KmsKeyId).toEqual(KEY_ARN);
    }
  });

  test('keep the credentials when the connection or the stack goes', () => {
    deployed.hasResource('AWS::SecretsManager::Secret', {
      Properties: { Name: 'zoho/crm-prod/credentials' },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('let the access token go, which would bar its own name', () => {
    deployed.hasResource('AWS::SecretsManager::Secret', {
      Properties: { Name: 'zoho/crm-prod/access-token' },
      DeletionPolicy: 'Delete',
    });
  });

  test('replicate the access token where asked to, never the credentials', () => {
    deployed.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'zoho/crm-prod/access-token',
      ReplicaRegions: [{ Region: 'us-east-1' }],
    });
    deployed.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'zoho/crm-prod/credentials',
      ReplicaRegions: Match.absent(),
    });
    deployed.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'zoho/desk-test/access-token',
      ReplicaRegions: Match.absent(),
    });
  });

  test('cannot be replicated into the region of the stack', () => {
    const app = createApp();
    const stack = createStack({ connections: TWO_CONNECTIONS }, app, { env: { region: 'us-east-1' } });

    expect(() => Template.fromStack(stack)).toThrow(
      'connections.crm-prod.replicaRegions: "us-east-1" is the stack\'s own region. Allowed: other regions.',
    );
  });
});

describe('the table', () => {
  test('is billed on demand, recoverable to any second and hard to delete', () => {
    deployed.hasResource('AWS::DynamoDB::Table', {
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('finds what is due and what expires next by its two indexes', () => {
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
  test('rotates and outlives the stack, as the credentials do', () => {
    deployed.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    deployed.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/ZohoTokenRefresher' });
  });

  test('lets alarms of this account publish to the encrypted topic', () => {
    deployed.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });
});
