import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { InfrastructureError } from '../../core/failures.ts';
import { Redacted } from '../../core/redacted.ts';
import {
  encryptionContext,
  MOST_SEALED_BYTES,
  type SealedFor,
  tooLargeToSeal,
} from '../../core/secrets/sealing.ts';
import { callAws } from '../aws-errors.ts';
import { untilAborted } from '../until-aborted.ts';

/** Encrypts and decrypts what is stored in DynamoDB. */
export interface Sealer {
  /** Throws `InfrastructureError`: `too_large_to_seal`, or what KMS answers. */
  seal(whose: SealedFor, text: Redacted, signal: AbortSignal): Promise<Uint8Array>;
  /** Throws `InfrastructureError` if it was sealed for something else, or KMS fails. */
  open(whose: SealedFor, sealed: Uint8Array, signal: AbortSignal): Promise<Redacted>;
}

/** Seals with the deployment's KMS key. */
export function createSealer(
  client: KMSClient,
  { keyArn: KeyId, secretPrefix }: { readonly keyArn: string; readonly secretPrefix: string },
): Sealer {
  const contextOf = (whose: SealedFor) => ({ ...encryptionContext(secretPrefix, whose) });
  return {
    seal: async (whose, text, signal) => {
      const Plaintext = new TextEncoder().encode(text.reveal());
      if (Plaintext.length > MOST_SEALED_BYTES)
        throw new InfrastructureError(tooLargeToSeal(whose, Plaintext.length));
      const command = new EncryptCommand({ KeyId, Plaintext, EncryptionContext: contextOf(whose) });
      const { CiphertextBlob } = await callAws({ action: 'kms:Encrypt', resource: KeyId }, () =>
        untilAborted(signal, client.send(command, { abortSignal: signal })),
      );
      return CiphertextBlob ?? new Uint8Array();
    },
    open: async (whose, CiphertextBlob, signal) => {
      const command = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: contextOf(whose) });
      const { Plaintext } = await callAws({ action: 'kms:Decrypt', resource: KeyId }, () =>
        untilAborted(signal, client.send(command, { abortSignal: signal })),
      );
      return new Redacted(new TextDecoder().decode(Plaintext));
    },
  };
}
