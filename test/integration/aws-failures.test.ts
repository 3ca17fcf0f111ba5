import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  InternalServerError,
  ProvisionedThroughputExceededException,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DecryptionFailure,
  EncryptionFailure,
  GetSecretValueCommand,
  InternalServiceError,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { toAttributes } from '../../lambdas/adapters/connection-row.ts';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { createCredentialsSecrets } from '../../lambdas/adapters/credentials-secrets.ts';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { START_MS } from '../support/sandbox.ts';

const dynamoDb = mockClient(DynamoDBClient);
const secretsManager = mockClient(SecretsManagerClient);
const table = createConnectionTable(new DynamoDBClient({ region: 'eu-west-1' }), 'connections');
const credentials = createCredentialsSecrets(new SecretsManagerClient({ region: 'eu-west-1' }), 'zoho');
const never = new AbortController().signal;
const row = registerConnection('crm-prod', 'declared', START_MS);
const leased = { ...row, generation: 1, lease: { owner: 'me', untilMs: START_MS + 75_000 } };

afterEach(() => {
  dynamoDb.reset();
  secretsManager.reset();
});

describe('DynamoDB', () => {
  it('that returns the row which won saves the loser a read', async () => {
    const winner = { ...row, generation: 1, lease: { owner: 'other', untilMs: START_MS + 75_000 } };
    dynamoDb.on(UpdateItemCommand).rejects(
      new ConditionalCheckFailedException({
        message: '',
        $metadata: {},
        Item: marshall(toAttributes(winner)),
      }),
    );

    const result = await table.replaceIfFree(row, leased, START_MS, never);

    expect(result).toEqual({ written: false, current: winner });
  });

  it('that does not return the row which won is taken as it is', async () => {
    dynamoDb
      .on(UpdateItemCommand)
      .rejects(new ConditionalCheckFailedException({ message: '', $metadata: {} }));

    const result = await table.replaceIfFree(row, leased, START_MS, never);

    expect(result).toEqual({ written: false, current: undefined });
  });

  it('that returns a row which cannot be read says so', async () => {
    dynamoDb
      .on(GetItemCommand)
      .resolves({ Item: { connection: { S: 'crm-prod' }, status: { S: 'sleeping' } } });

    await expect(table.read('crm-prod', never)).rejects.toMatchObject({
      code: 'malformed_row',
      message: expect.stringContaining('status'),
    });
  });

  it.each([
    [new ProvisionedThroughputExceededException({ message: 'x', $metadata: {} }), 'aws_throttled'],
    [new InternalServerError({ message: 'x', $metadata: {} }), 'aws_unavailable'],
    [Object.assign(new Error('no route'), { name: 'TimeoutError' }), 'aws_unavailable'],
    [
      Object.assign(new Error('User is not authorized'), { name: 'AccessDeniedException' }),
      'aws_access_denied',
    ],
  ])('failing with %s gives a stable code and names the action', async (error, code) => {
    dynamoDb.on(QueryCommand).rejects(error);

    await expect(table.soonestExpiries(1, never)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('dynamodb:Query on connections/index/expiry'),
    });
  });
});

describe('Secrets Manager', () => {
  it.each([
    [new DecryptionFailure({ message: 'x', $metadata: {} }), 'aws_kms_denied'],
    [new EncryptionFailure({ message: 'x', $metadata: {} }), 'aws_kms_denied'],
    [new InternalServiceError({ message: 'x', $metadata: {} }), 'aws_unavailable'],
    [Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }), 'aws_throttled'],
    [
      Object.assign(new Error('Access to KMS is not allowed'), { name: 'AccessDeniedException' }),
      'aws_kms_denied',
    ],
  ])('failing with %s gives a stable code and names the secret', async (error, code) => {
    secretsManager.on(GetSecretValueCommand).rejects(error);

    await expect(credentials.read('crm-prod', never)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('secretsmanager:GetSecretValue on zoho/crm-prod/credentials'),
    });
  });

  it('never has its own words quoted: they may repeat what was sent', async () => {
    secretsManager
      .on(GetSecretValueCommand)
      .rejects(new InternalServiceError({ message: 'canary-1000', $metadata: {} }));

    await expect(credentials.read('crm-prod', never)).rejects.toThrow(/^(?!.*canary)/);
  });
});
