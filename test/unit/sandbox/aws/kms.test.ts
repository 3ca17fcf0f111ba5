import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientConfigFor } from '../../../../sandbox/aws/client-config.ts';
import { type KmsStandIn, startKms } from '../../../../sandbox/aws/kms.ts';
import { KmsKeys } from '../../../../sandbox/aws/kms-keys.ts';
import { KEY_ARN } from '../../../support/builders.ts';

let kms: KmsStandIn;
let client: KMSClient;
beforeAll(async () => {
  kms = await startKms({ clock: { now: () => 0 }, keyArn: KEY_ARN, keys: new KmsKeys() });
  client = new KMSClient({ ...clientConfigFor(kms.endpoint), maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await kms.close();
});

const encrypt = () => client.send(new EncryptCommand({ KeyId: KEY_ARN, Plaintext: Buffer.from('x') }));

// What KMS does is in test/contracts/kms.ts.
test('a denied caller encrypts nothing, and a throttled one once', async () => {
  const allow = kms.faults.deny({ operation: 'Encrypt' });
  await expect(encrypt()).rejects.toThrow(expect.objectContaining({ name: 'AccessDeniedException' }));
  allow();
  kms.faults.failNext({ operation: 'Encrypt', error: 'ThrottlingException' });
  await expect(encrypt()).rejects.toThrow(expect.objectContaining({ name: 'ThrottlingException' }));

  await expect(encrypt()).resolves.toMatchObject({ KeyId: KEY_ARN });
});
