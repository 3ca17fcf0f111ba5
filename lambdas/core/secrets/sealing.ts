import type { Failure } from '../failures.ts';

/** What is sealed in the second store. It is part of the encryption context, so that one cannot be read as the other. */
export const SEALED_KINDS = ['access-token', 'credentials'] as const;
export type SealedKind = (typeof SEALED_KINDS)[number];

/** Whose secret is sealed. */
export interface SealedFor {
  readonly kind: SealedKind;
  readonly connection: string;
}

/**
 * KMS authenticates this context: what was sealed with another one cannot be decrypted
 * (https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html). Policies of readers name it, and CloudTrail records it.
 */
export function encryptionContext(
  deployment: string,
  { kind, connection }: SealedFor,
): { readonly deployment: string; readonly kind: SealedKind; readonly connection: string } {
  return { deployment, kind, connection };
}

/** KMS encrypts at most this much: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html */
export const MOST_SEALED_BYTES = 4_096;

/** The text does not fit. The size is no secret. */
export function tooLargeToSeal({ kind, connection }: SealedFor, bytes: number): Failure {
  const what = kind === 'access-token' ? 'The token document' : 'The credentials document';
  return {
    code: 'too_large_to_seal',
    message: `${what} of ${connection} has ${bytes} bytes; KMS encrypts at most ${MOST_SEALED_BYTES}. Grant fewer scopes, or keep the connection in Secrets Manager: zoho-tokens move ${connection} --to secrets-manager`,
  };
}
