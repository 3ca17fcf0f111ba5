import { DecryptCommand, DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientConfigFor } from '../../../../sandbox/aws/client-config.ts';
import { type KmsStandIn, startKms } from '../../../../sandbox/aws/kms.ts';
import { KmsKeys } from '../../../../sandbox/aws/kms-keys.ts';
import { KEY_ARN } from '../../../support/builders.ts';

let kms: KmsStandIn;
let client: KMSClient;
const keys = new KmsKeys();
const context = { deployment: 'zoho', kind: 'grant', invite: 'one' };

beforeAll(async () => {
  kms = await startKms({ clock: { now: () => 0 }, keyArn: KEY_ARN, keys });
  client = new KMSClient({ ...clientConfigFor(kms.endpoint), maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await kms.close();
});

const encrypt = (text: string) =>
  client.send(
    new EncryptCommand({ KeyId: KEY_ARN, Plaintext: Buffer.from(text), EncryptionContext: context }),
  );

test('what is encrypted is decrypted with the same context only', async () => {
  const { CiphertextBlob } = await encrypt('a refresh token');
  const decrypt = (EncryptionContext: Record<string, string>) =>
    client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));

  const { Plaintext } = await decrypt({ invite: 'one', kind: 'grant', deployment: 'zoho' });
  expect(Buffer.from(Plaintext ?? []).toString()).toBe('a refresh token');
  expect(Buffer.from(CiphertextBlob ?? []).toString('latin1')).not.toContain('refresh');
  for (const wrong of [{}, { ...context, invite: 'two' }, { ...context, kind: 'code' }])
    await expect(decrypt(wrong)).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidCiphertextException' }),
    );
});

test('a disabled key encrypts nothing, a denied caller neither, and 4 KB are the most', async () => {
  keys.disable(KEY_ARN);
  await expect(encrypt('x')).rejects.toThrow(expect.objectContaining({ name: 'DisabledException' }));
  keys.enable(KEY_ARN);
  const allow = kms.faults.deny({ operation: 'Encrypt' });
  await expect(encrypt('x')).rejects.toThrow(expect.objectContaining({ name: 'AccessDeniedException' }));
  allow();
  kms.faults.failNext({ operation: 'Encrypt', error: 'ThrottlingException' });
  await expect(encrypt('x')).rejects.toThrow(expect.objectContaining({ name: 'ThrottlingException' }));
  await expect(encrypt('x'.repeat(4097))).rejects.toThrow(
    expect.objectContaining({ name: 'ValidationException' }),
  );
  await expect(encrypt('x'.repeat(4096))).resolves.toBeDefined();
});

test('another key does not exist', async () => {
  await expect(client.send(new DescribeKeyCommand({ KeyId: 'other' }))).rejects.toThrow(
    expect.objectContaining({ name: 'NotFoundException' }),
  );
});
