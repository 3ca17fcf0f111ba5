import { AwsFailure } from './aws-failure.ts';

/** What KMS adds to a plaintext, in bytes: key, context and authentication. */
const OVERHEAD = 150;

type Context = Readonly<Record<string, string>>;

/** Encrypts in name only: the ciphertext says for which context it is, and is opened for no other. */
export function encrypt(plaintext: Uint8Array, context: Context = {}): Uint8Array {
  const header = describe(context).padEnd(OVERHEAD);
  return Buffer.concat([Buffer.from(header), plaintext]);
}

/** Throws `InvalidCiphertextException` if it was encrypted for another context. */
export function decrypt(ciphertext: Uint8Array, context: Context = {}): Uint8Array {
  const header = Buffer.from(describe(context).padEnd(OVERHEAD));
  if (Buffer.compare(ciphertext.subarray(0, header.length), header) !== 0)
    throw new AwsFailure('InvalidCiphertextException');
  return ciphertext.subarray(header.length);
}

function describe(context: Context): string {
  const sorted = Object.entries(context).sort(([one], [other]) => one.localeCompare(other, 'en'));
  return JSON.stringify(sorted);
}
