import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { callAws } from '../../adapters/aws-errors.ts';
import type { Sealer, SealKind } from '../../core/invites/consent-ports.ts';
import { Redacted } from '../../core/redacted.ts';

/**
 * Encrypts with the deployment's key. The encryption context names the deployment, the kind and the invite, so that what is sealed for one invite
 * cannot be opened as that of another: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export function createKmsSealer(
  client: KMSClient,
  { keyArn: KeyId, secretPrefix }: { readonly keyArn: string; readonly secretPrefix: string },
): Sealer {
  const contextOf = (kind: SealKind, invite: string) => ({ deployment: secretPrefix, kind, invite });
  return {
    seal: async (kind, invite, text, abortSignal) => {
      const Plaintext = new TextEncoder().encode(text.reveal());
      const command = new EncryptCommand({ KeyId, Plaintext, EncryptionContext: contextOf(kind, invite) });
      const { CiphertextBlob } = await callAws({ action: 'kms:Encrypt', resource: KeyId }, () =>
        client.send(command, { abortSignal }),
      );
      return Buffer.from(CiphertextBlob ?? []).toString('base64');
    },
    open: async (kind, invite, sealed, abortSignal) => {
      const CiphertextBlob = Buffer.from(sealed, 'base64');
      const command = new DecryptCommand({
        KeyId,
        CiphertextBlob,
        EncryptionContext: contextOf(kind, invite),
      });
      const { Plaintext } = await callAws({ action: 'kms:Decrypt', resource: KeyId }, () =>
        client.send(command, { abortSignal }),
      );
      return new Redacted(Buffer.from(Plaintext ?? []).toString('utf8'));
    },
  };
}
