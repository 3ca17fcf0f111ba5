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
    const text = Buffer.from(plaintext).toString('base64');
    return Buffer.from(JSON.stringify({ sealed: this.#sealed, context: textOf(context), text }));
  }
}

/** Opens what is sealed, with the context it was sealed for. Throws what KMS throws for any other one. */
export function open(sealed: Uint8Array, context: Record<string, string>): Uint8Array {
  const { context: sealedWith, text } = JSON.parse(Buffer.from(sealed).toString('utf8')) as {
    context: string;
    text: string;
  };
  if (sealedWith !== textOf(context))
    throw Object.assign(new Error(''), { name: 'InvalidCiphertextException' });
  return Buffer.from(text, 'base64');
}

function textOf(context: Record<string, string>): string {
  return JSON.stringify(Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1)));
}
