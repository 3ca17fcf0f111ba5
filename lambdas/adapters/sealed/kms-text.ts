import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { Redacted } from '../../core/redacted.ts';
import { callAws } from '../aws-errors.ts';
import { untilAborted } from '../until-aborted.ts';

/** Encrypts and decrypts texts with one KMS key. Throws `InfrastructureError`. */
export interface KmsText {
  encrypt(
    text: Redacted,
    context: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** The context must be the one with which it was encrypted. */
  decrypt(
    encrypted: Uint8Array,
    context: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Redacted>;
}

/**
 * Texts of at most 4,096 bytes, with an encryption context that KMS authenticates and CloudTrail records:
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export function createKmsText(client: KMSClient, KeyId: string): KmsText {
  return {
    encrypt: async (text, context, signal) => {
      const Plaintext = new TextEncoder().encode(text.reveal());
      const command = new EncryptCommand({ KeyId, Plaintext, EncryptionContext: { ...context } });
      const { CiphertextBlob } = await callAws({ action: 'kms:Encrypt', resource: KeyId }, () =>
        untilAborted(signal, client.send(command, { abortSignal: signal })),
      );
      return CiphertextBlob ?? new Uint8Array();
    },
    decrypt: async (CiphertextBlob, context, signal) => {
      const command = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: { ...context } });
      const { Plaintext } = await callAws({ action: 'kms:Decrypt', resource: KeyId }, () =>
        untilAborted(signal, client.send(command, { abortSignal: signal })),
      );
      return new Redacted(new TextDecoder().decode(Plaintext));
    },
  };
}
