import { DecryptCommand, DescribeKeyCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { expect } from 'vitest';
import { differsOnMoto, type MotoDiffers } from './moto-differs.ts';

/** A key, and what its administrator does with it. It is enabled when a check starts. */
export interface KeyUnderTest {
  readonly client: Pick<KMSClient, 'send'>;
  readonly keyArn: string;
  /** Another key of the account, enabled. */
  readonly otherKeyArn: string;
  disable(): Promise<void>;
  enable(): Promise<void>;
  scheduleDeletion(): Promise<void>;
}

type Check = (key: KeyUnderTest) => Promise<void>;
type Contract = Readonly<Record<string, Check | MotoDiffers<Check>>>;
type Context = Readonly<Record<string, string>>;

const CONTEXT: Context = { deployment: 'zoho', kind: 'access-token', connection: 'crm-prod' };

/** "You must specify the same encryption context (a case-sensitive exact match) when decrypting": API_Encrypt. */
const OTHER_CONTEXTS: Readonly<Record<string, Context>> = {
  'another value': { ...CONTEXT, connection: 'crm-test' },
  'a value in capitals': { ...CONTEXT, connection: 'CRM-PROD' },
  'one key more': { ...CONTEXT, more: 'x' },
  'one key less': { deployment: 'zoho', kind: 'access-token' },
  'another key with the same value': { deployment: 'zoho', kind: 'access-token', invite: 'crm-prod' },
  'no key': {},
};

/**
 * What is documented of encryption contexts, which authenticate what is sealed in the second store:
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export const encryptionFacts: Contract = {
  'what is encrypted is decrypted with the same context, in whatever order': async (key) => {
    const sealed = await encrypt(key, 'a refresh token');
    const reversed = Object.fromEntries(Object.entries(CONTEXT).reverse());

    expect(await decrypt(key, sealed, reversed)).toBe('a refresh token');
    expect(Buffer.from(sealed).toString('latin1')).not.toContain('refresh');
  },
  'two encryptions of the same text give different bytes': async (key) => {
    const [one, other] = [await encrypt(key, 'a token'), await encrypt(key, 'a token')];

    expect(Buffer.compare(one, other)).not.toBe(0);
  },
  ...Object.fromEntries(
    Object.entries(OTHER_CONTEXTS).map(([difference, context]) => [
      `a context with ${difference} decrypts nothing`,
      async (key: KeyUnderTest) => {
        const sealed = await encrypt(key, 'a token');

        expect(await refusalOf(decrypt(key, sealed, context))).toBe('InvalidCiphertextException');
      },
    ]),
  ),
  'a key of the context does not continue in its value': differsOnMoto(
    'authenticates the keys and values without what separates them, so that {ab: c} decrypts what {a: bc} has encrypted',
    async (key) => {
      const sealed = await encrypt(key, 'a token', { a: 'bc' });

      expect(await refusalOf(decrypt(key, sealed, { ab: 'c' }))).toBe('InvalidCiphertextException');
    },
  ),
  'bytes that were changed are not decrypted': async (key) => {
    const sealed = await encrypt(key, 'a token');
    for (const place of [sealed.length - 8, sealed.length - 1]) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === place ? byte ^ 1 : byte));
      expect(await refusalOf(decrypt(key, changed))).toBe('InvalidCiphertextException');
    }
  },
  'bytes that KMS has not encrypted are not decrypted': async (key) => {
    expect(await refusalOf(decrypt(key, Buffer.from('by hand')))).toBe('InvalidCiphertextException');
  },
};

/**
 * What is documented of a key: which texts it encrypts, and what its states prevent. Sources: `Plaintext` and "Errors" of Encrypt and
 * Decrypt in KMS's API reference, and https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 */
export const keyFacts: Contract = {
  'a text has 1 to 4,096 bytes': async (key) => {
    expect(await refusalOf(encrypt(key, ''))).toBe('ValidationException');
    expect(await refusalOf(encrypt(key, 'x'.repeat(4097)))).toBe('ValidationException');
    expect(await refusalOf(encrypt(key, 'é'.repeat(2049)))).toBe('ValidationException');
    expect(await decrypt(key, await encrypt(key, 'x'.repeat(4096)))).toHaveLength(4096);
  },
  'a description says the state': async (key) => {
    const { KeyMetadata } = await describe(key);

    expect(KeyMetadata).toMatchObject({
      Arn: key.keyArn,
      KeyId: key.keyArn.split('/')[1],
      Enabled: true,
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
      KeyUsage: 'ENCRYPT_DECRYPT',
    });
    await key.disable();
    expect((await describe(key)).KeyMetadata).toMatchObject({ Enabled: false, KeyState: 'Disabled' });
  },
  'another key does not exist': async (key) => {
    const other = { ...key, keyArn: key.keyArn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000') };

    expect(await refusalOf(describe(other))).toBe('NotFoundException');
    expect(await refusalOf(encrypt(other, 'a token'))).toBe('NotFoundException');
  },
  'what another key has encrypted is decrypted without its id, and the answer names it': async (key) => {
    const sealed = await encrypt({ ...key, keyArn: key.otherKeyArn }, 'a token');
    const command = new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: { ...CONTEXT } });

    const { KeyId, Plaintext = [] } = await key.client.send(command);

    expect([KeyId, Buffer.from(Plaintext).toString()]).toEqual([key.otherKeyArn, 'a token']);
  },
  'what another key has encrypted is not decrypted with the id of this one': differsOnMoto(
    'answers AccessDeniedException',
    async (key) => {
      const CiphertextBlob = await encrypt({ ...key, keyArn: key.otherKeyArn }, 'a token');
      const EncryptionContext = { ...CONTEXT };
      const command = new DecryptCommand({ KeyId: key.keyArn, CiphertextBlob, EncryptionContext });

      expect(await refusalOf(key.client.send(command))).toBe('IncorrectKeyException');
    },
  ),
  'a disabled key encrypts and decrypts nothing, until it is enabled': differsOnMoto(
    'looks at no state before it encrypts or decrypts',
    async (key) => {
      const sealed = await encrypt(key, 'a token');
      await key.disable();

      expect(await refusalOf(encrypt(key, 'a token'))).toBe('DisabledException');
      expect(await refusalOf(decrypt(key, sealed))).toBe('DisabledException');
      await key.enable();
      expect(await decrypt(key, sealed)).toBe('a token');
    },
  ),
  'a key that is to be deleted encrypts and decrypts nothing': differsOnMoto(
    'looks at no state before it encrypts or decrypts',
    async (key) => {
      const sealed = await encrypt(key, 'a token');
      await key.scheduleDeletion();

      expect(await refusalOf(encrypt(key, 'a token'))).toBe('KMSInvalidStateException');
      expect(await refusalOf(decrypt(key, sealed))).toBe('KMSInvalidStateException');
    },
  ),
};

async function encrypt(
  { client, keyArn }: KeyUnderTest,
  text: string,
  context = CONTEXT,
): Promise<Uint8Array> {
  const Plaintext = Buffer.from(text);
  const command = new EncryptCommand({ KeyId: keyArn, Plaintext, EncryptionContext: { ...context } });
  return (await client.send(command)).CiphertextBlob ?? new Uint8Array();
}

/** Without the key's id, as readers call it. */
async function decrypt({ client }: KeyUnderTest, sealed: Uint8Array, context = CONTEXT): Promise<string> {
  const command = new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: { ...context } });
  return Buffer.from((await client.send(command)).Plaintext ?? []).toString();
}

function describe({ client, keyArn }: KeyUnderTest) {
  return client.send(new DescribeKeyCommand({ KeyId: keyArn }));
}

/** The name of the error. Throws what did not fail. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const answered = await call.then(
    () => undefined,
    (error: Error) => error.name,
  );
  if (answered === undefined) throw new Error('The call was not refused.');
  return answered;
}
