import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
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
/** What a ciphertext begins with: it says which key has encrypted it. */
const KEY_BYTES = 16;
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

/** Starts a stand-in of KMS on loopback with the key of the deployment, and others: DescribeKey, Encrypt and Decrypt, AWS JSON 1.1. */
export async function startKms({
  clock,
  keyArn,
  keys,
}: {
  readonly clock: Clock;
  readonly keyArn: string;
  /** The other keys, and the states, which Secrets Manager uses as well. */
  readonly keys: KmsKeys;
}): Promise<KmsStandIn> {
  const root = randomBytes(32);
  const keyNamed = (keyId: string | undefined): Key => {
    if (keyId === undefined) throw new AwsError('ValidationException', 'KeyId is required.');
    if (keyId !== keyArn && !keys.others.has(keyId))
      throw new AwsError('NotFoundException', `Key '${keyId}' does not exist`);
    return { arn: keyId, material: createHmac('sha256', root).update(keyId).digest() };
  };
  return await startAwsEndpoint<KmsOperation, 'key'>({
    name: 'kms',
    clock,
    contentType: 'application/x-amz-json-1.1',
    describeCall: ({ operation, body }) => ({ operation, key: readKeyId(body) }),
    execute: ({ operation, body }) => {
      switch (operation) {
        case 'DescribeKey':
          return answer({ KeyMetadata: describe(keyNamed(readKeyId(body)).arn, keys) });
        case 'Encrypt': {
          const { KeyId, Plaintext, EncryptionContext } = parse(encryptSchema, body);
          const key = keyNamed(KeyId);
          requireEnabled(key.arn, keys);
          const plaintext = Buffer.from(Plaintext, 'base64');
          if (plaintext.length > MOST_BYTES)
            throw new AwsError(
              'ValidationException',
              `1 validation error detected: plaintext has more than ${MOST_BYTES} bytes`,
            );
          return answer({ KeyId: key.arn, CiphertextBlob: encrypt(key, plaintext, EncryptionContext) });
        }
        case 'Decrypt': {
          const { KeyId, CiphertextBlob, EncryptionContext } = parse(decryptSchema, body);
          const bytes = Buffer.from(CiphertextBlob, 'base64');
          const key = [keyArn, ...keys.others].map(keyNamed).find(({ arn }) => isOf(arn, bytes));
          const asked = KeyId === undefined ? key : keyNamed(KeyId);
          if (key === undefined) throw new AwsError('InvalidCiphertextException', '');
          if (asked?.arn !== key.arn)
            throw new AwsError('IncorrectKeyException', 'The key ID in the request does not identify a CMK.');
          requireEnabled(key.arn, keys);
          return answer({ KeyId: key.arn, Plaintext: decrypt(key, bytes, EncryptionContext) });
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

/** A key and its material. */
interface Key {
  readonly arn: string;
  readonly material: Buffer;
}

function idOf(keyArn: string): Buffer {
  return createHash('sha256').update(keyArn).digest().subarray(0, KEY_BYTES);
}

function isOf(keyArn: string, bytes: Buffer): boolean {
  return idOf(keyArn).equals(bytes.subarray(0, KEY_BYTES));
}

/** Source of the names: "Errors" of Encrypt and Decrypt in KMS's API reference. */
function requireEnabled(keyArn: string, keys: KmsKeys): void {
  const state = keys.stateOf(keyArn);
  if (state === 'Disabled') throw new AwsError('DisabledException', `${keyArn} is disabled.`);
  if (state === 'PendingDeletion')
    throw new AwsError('KMSInvalidStateException', `${keyArn} is pending deletion.`);
}

/** As KMS does, the context is additional authenticated data: the same one must be given to decrypt. */
function encrypt({ arn, material }: Key, plaintext: Buffer, context: Record<string, string>): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', material, nonce).setAAD(authenticated(context));
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([idOf(arn), nonce, cipher.getAuthTag(), encrypted]).toString('base64');
}

function decrypt({ material }: Key, bytes: Buffer, context: Record<string, string>): string {
  const [nonceAt, tagAt, textAt] = [KEY_BYTES, KEY_BYTES + NONCE_BYTES, KEY_BYTES + NONCE_BYTES + TAG_BYTES];
  try {
    const decipher = createDecipheriv('aes-256-gcm', material, bytes.subarray(nonceAt, tagAt))
      .setAAD(authenticated(context))
      .setAuthTag(bytes.subarray(tagAt, textAt));
    return Buffer.concat([decipher.update(bytes.subarray(textAt)), decipher.final()]).toString('base64');
  } catch {
    // KMS says no more either: neither the ciphertext nor the context is right.
    throw new AwsError('InvalidCiphertextException', '');
  }
}

function authenticated(context: Record<string, string>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
