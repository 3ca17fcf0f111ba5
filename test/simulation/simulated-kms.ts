import { createHash } from 'node:crypto';
import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';

/** KMS with one key. A ciphertext opens with the context that it was sealed with, and no two are the same. */
export class SimulatedKms {
  #sealed = 0;

  /** The operation that a command asks for, to be carried out when the call takes effect. */
  on(command: object): { readonly name: string; readonly perform: () => object } {
    if (command instanceof EncryptCommand) {
      const { Plaintext = new Uint8Array(), EncryptionContext = {} } = command.input;
      return {
        name: 'Encrypt',
        perform: () => ({ CiphertextBlob: this.seal(Plaintext, EncryptionContext) }),
      };
    }
    if (command instanceof DecryptCommand) {
      const { CiphertextBlob = new Uint8Array(), EncryptionContext = {} } = command.input;
      return { name: 'Decrypt', perform: () => ({ Plaintext: open(CiphertextBlob, EncryptionContext) }) };
    }
    throw new Error(`The simulated KMS does not support ${command.constructor.name}.`);
  }

  seal(plaintext: Uint8Array, context: Record<string, string>): Uint8Array {
    this.#sealed += 1;
    const content = { sealed: this.#sealed, text: Buffer.from(plaintext).toString('base64') };
    return Buffer.from(JSON.stringify({ ...content, tag: tagOf(content, context) }));
  }
}

interface Content {
  readonly sealed: number;
  /** Base64. */
  readonly text: string;
}

/** Opens what is sealed, with the context it was sealed for. Throws what KMS throws for any other one, and for other bytes. */
export function open(sealed: Uint8Array, context: Record<string, string>): Uint8Array {
  const { tag, ...content } = read(sealed);
  if (tag !== tagOf(content, context)) throw invalid();
  return Buffer.from(content.text, 'base64');
}

function read(sealed: Uint8Array): Content & { readonly tag: string } {
  try {
    return JSON.parse(Buffer.from(sealed).toString('utf8'));
  } catch {
    throw invalid();
  }
}

/** The context is authenticated, as in KMS, and not stored. */
function tagOf({ sealed, text }: Content, context: Record<string, string>): string {
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([sealed, text, pairs]))
    .digest('hex');
}

function invalid(): Error {
  return Object.assign(new Error(''), { name: 'InvalidCiphertextException' });
}
