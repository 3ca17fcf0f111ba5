import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type KmsStandIn, startKms } from '../../sandbox/aws/kms.ts';
import { KmsKeys } from '../../sandbox/aws/kms-keys.ts';
import { SimulatedKms } from '../simulation/simulated-kms.ts';
import { KEY_ARN } from '../support/builders.ts';
import { encryptionFacts, type KeyUnderTest, keyFacts } from './kms.ts';
import { checksOf } from './moto-differs.ts';

const OTHER_KEY_ARN = 'arn:aws:kms:eu-west-1:000000000000:key/other';

describe('the KMS of the sandbox', () => {
  const keys = new KmsKeys();
  keys.others.add(OTHER_KEY_ARN);
  const key: Omit<KeyUnderTest, 'client'> = {
    keyArn: KEY_ARN,
    otherKeyArn: OTHER_KEY_ARN,
    disable: async () => keys.disable(KEY_ARN),
    enable: async () => keys.enable(KEY_ARN),
    scheduleDeletion: async () => keys.disable(KEY_ARN, 'PendingDeletion'),
  };
  let kms: KmsStandIn;
  let client: KMSClient;

  beforeAll(async () => {
    kms = await startKms({ clock: { now: () => 0 }, keyArn: KEY_ARN, keys });
    client = new KMSClient({ ...clientConfigFor(kms.endpoint), maxAttempts: 1 });
  });
  afterEach(() => key.enable());
  afterAll(async () => {
    client.destroy();
    await kms.close();
  });

  it.each(checksOf({ ...encryptionFacts, ...keyFacts }))('%s', (_fact, check) => check({ ...key, client }));
});

describe('the KMS of the simulation', () => {
  const kms = new SimulatedKms();
  const client = { send: async (command: object) => kms.on(command).perform() } as KeyUnderTest['client'];
  const unknown = () => Promise.reject(new Error('Its keys have no states.'));
  const key = {
    ...{ client, keyArn: KEY_ARN, otherKeyArn: 'It has one key.' },
    ...{ disable: unknown, enable: unknown, scheduleDeletion: unknown },
  };

  it.each(checksOf(encryptionFacts))('%s', (_fact, check) => check(key));
});
