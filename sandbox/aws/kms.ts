import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type AwsEndpoint, type Clock, startAwsEndpoint } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import type { KmsKeys } from './kms-keys.ts';
import { parseJson } from './secret-requests.ts';

type KmsOperation = 'DescribeKey' | 'Encrypt' | 'Decrypt';

/** A running stand-in of KMS. */
export type KmsStandIn = AwsEndpoint<KmsOperation, 'key'>;

/** KMS encrypts at most this much: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html */
const MOST_BYTES = 4096;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const keySchema = z.object({ KeyId: z.string().min(1).max(2048) });
const contextSchema = z.record(z.string(), z.string()).default({});
const encryptSchema = z.object({
  KeyId: z.string(),
  Plaintext: z.string().regex(BASE64),
  EncryptionContext: contextSchema,
});
const decryptSchema = z.object({
  KeyId: z.string().optional(),
  CiphertextBlob: z.string().regex(BASE64),
  EncryptionContext: contextSchema,
});

/** Starts a stand-in of KMS on loopback with one key: DescribeKey, Encrypt and Decrypt, AWS JSON 1.1. */
export async function startKms({
  clock,
  keyArn,
  keys,
}: {
  readonly clock: Clock;
  readonly keyArn: string;
  /** The states, which Secrets Manager uses as well. */
  readonly keys: KmsKeys;
}): Promise<KmsStandIn> {
  const material = randomBytes(32);
  return await startAwsEndpoint<KmsOperation, 'key'>({
    name: 'kms',
    clock,
    contentType: 'application/x-amz-json-1.1',
    describeCall: ({ operation, body }) => ({ operation, key: readKeyId(body) }),
    execute: ({ operation, body }) => {
      switch (operation) {
        case 'DescribeKey':
          requireKey(readKeyId(body), keyArn);
          return answer({ KeyMetadata: describe(keyArn, keys) });
        case 'Encrypt': {
          const { KeyId, Plaintext, EncryptionContext } = parse(encryptSchema, body);
          requireKey(KeyId, keyArn);
          requireEnabled(keyArn, keys);
          const plaintext = Buffer.from(Plaintext, 'base64');
          if (plaintext.length > MOST_BYTES)
            throw new AwsError(
              'ValidationException',
              `1 validation error detected: plaintext has more than ${MOST_BYTES} bytes`,
            );
          return answer({ KeyId: keyArn, CiphertextBlob: encrypt(material, plaintext, EncryptionContext) });
        }
        case 'Decrypt': {
          const { KeyId, CiphertextBlob, EncryptionContext } = parse(decryptSchema, body);
          if (KeyId !== undefined) requireKey(KeyId, keyArn);
          requireEnabled(keyArn, keys);
          return answer({ KeyId: keyArn, Plaintext: decrypt(material, CiphertextBlob, EncryptionContext) });
        }
        default:
          throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
      }
    },
  });
}

function answer(body: object) {
  return { status: 200, body: JSON.stringify(body) };
}

function describe(keyArn: string, keys: KmsKeys): object {
  const KeyState = keys.stateOf(keyArn);
  return {
    Arn: keyArn,
    KeyId: keyArn.split('/').at(-1),
    KeyState,
    Enabled: KeyState === 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyManager: 'CUSTOMER',
  };
}

function readKeyId(body: string): string | undefined {
  return keySchema.safeParse(parseJson(body)).data?.KeyId;
}

function parse<T>(schema: z.ZodType<T>, body: string): T {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new AwsError('ValidationException', parsed.error.issues.map(({ message }) => message).join('; '));
}

function requireKey(keyId: string | undefined, keyArn: string): void {
  if (keyId === undefined) throw new AwsError('ValidationException', 'KeyId is required.');
  if (keyId !== keyArn) throw new AwsError('NotFoundException', `Key '${keyId}' does not exist`);
}

/** Source of the names: "Errors" of Encrypt and Decrypt in KMS's API reference. */
function requireEnabled(keyArn: string, keys: KmsKeys): void {
  const state = keys.stateOf(keyArn);
  if (state === 'Disabled') throw new AwsError('DisabledException', `${keyArn} is disabled.`);
  if (state === 'PendingDeletion')
    throw new AwsError('KMSInvalidStateException', `${keyArn} is pending deletion.`);
}

/** As KMS does, the context is additional authenticated data: the same one must be given to decrypt. */
function encrypt(material: Buffer, plaintext: Buffer, context: Record<string, string>): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', material, nonce).setAAD(authenticated(context));
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64');
}

function decrypt(material: Buffer, blob: string, context: Record<string, string>): string {
  const bytes = Buffer.from(blob, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', material, nonce)
      .setAAD(authenticated(context))
      .setAuthTag(tag);
    const plaintext = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(plaintext).toString('base64');
  } catch {
    // KMS says no more either: neither the ciphertext nor the context is right.
    throw new AwsError('InvalidCiphertextException', '');
  }
}

function authenticated(context: Record<string, string>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
