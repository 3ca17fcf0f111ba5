import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, describe, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { eventBridgeContract } from '../contracts/event-bridge.ts';
import { encryptionFacts, type KeyUnderTest, keyFacts } from '../contracts/kms.ts';
import { checksOf } from '../contracts/moto-differs.ts';
import { SecretUnderTest, secretsManagerContract } from '../contracts/secrets-manager.ts';
import { ssmContract } from '../contracts/ssm.ts';
import { NO_MOTO, startMoto } from '../support/moto.ts';

const moto = await startMoto();
if (moto === undefined) {
  it.skip(NO_MOTO);
} else {
  afterAll(() => moto.stop());

  describe('Secrets Manager, as moto and the contract agree on it', () => {
    const client = new SecretsManagerClient(clientConfigFor(moto.endpoint));

    afterAll(() => client.destroy());

    for (const [index, [fact, check]] of checksOf(secretsManagerContract, { onMoto: true }).entries())
      it(fact, () => check(new SecretUnderTest(client, `contract/${index}`)));
  });

  describe('KMS, as moto and the contract agree on it', () => {
    const client = new KMSClient({ ...clientConfigFor(moto.endpoint), maxAttempts: 1 });
    const create = async () => {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeyUsage: 'ENCRYPT_DECRYPT' }));
      return { KeyId: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
    };
    const createKey = async (): Promise<KeyUnderTest> => {
      const { KeyId, arn: keyArn } = await create();
      return {
        client,
        keyArn,
        otherKeyArn: (await create()).arn,
        disable: async () => void (await client.send(new DisableKeyCommand({ KeyId }))),
        enable: async () => void (await client.send(new EnableKeyCommand({ KeyId }))),
        scheduleDeletion: async () => void (await client.send(new ScheduleKeyDeletionCommand({ KeyId }))),
      };
    };

    afterAll(() => client.destroy());

    for (const [fact, check] of checksOf({ ...encryptionFacts, ...keyFacts }, { onMoto: true }))
      it(fact, async () => check(await createKey()));
  });

  describe('EventBridge, as moto and the contract agree on it', () => {
    const client = new EventBridgeClient({ ...clientConfigFor(moto.endpoint), maxAttempts: 1 });

    afterAll(() => client.destroy());

    for (const [fact, check] of Object.entries(eventBridgeContract)) it(fact, () => check(client));
  });

  describe('SSM, as moto and the contract agree on it', () => {
    const client = new SSMClient({ ...clientConfigFor(moto.endpoint), maxAttempts: 1 });
    const put = async (Name: string, Value: string) => {
      await client.send(new PutParameterCommand({ Name, Value, Type: 'String' }));
    };

    afterAll(() => client.destroy());

    for (const [index, [fact, check]] of Object.entries(ssmContract).entries())
      it(fact, () => check({ client, put }, `/fact-${index}`));
  });
}
