import type { KMSClient } from '@aws-sdk/client-kms';
import { InfrastructureError } from '../../core/failures.ts';
import type { Redacted } from '../../core/redacted.ts';
import {
  encryptionContext,
  MOST_SEALED_BYTES,
  type SealedFor,
  tooLargeToSeal,
} from '../../core/secrets/sealing.ts';
import { createKmsText } from './kms-text.ts';

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
  { keyArn, secretPrefix }: { readonly keyArn: string; readonly secretPrefix: string },
): Sealer {
  const kms = createKmsText(client, keyArn);
  return {
    seal: async (whose, text, signal) => {
      const bytes = Buffer.byteLength(text.reveal());
      if (bytes > MOST_SEALED_BYTES) throw new InfrastructureError(tooLargeToSeal(whose, bytes));
      return await kms.encrypt(text, encryptionContext(secretPrefix, whose), signal);
    },
    open: (whose, sealed, signal) => kms.decrypt(sealed, encryptionContext(secretPrefix, whose), signal),
  };
}
