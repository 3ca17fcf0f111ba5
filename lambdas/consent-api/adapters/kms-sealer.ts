import type { KMSClient } from '@aws-sdk/client-kms';
import { createKmsText } from '../../adapters/sealed/kms-text.ts';
import type { Sealer, SealKind } from '../../core/invites/consent-ports.ts';

/**
 * Encrypts with the deployment's key. The encryption context names the deployment, the kind and the invite, so that what is sealed for one invite
 * cannot be opened as that of another.
 */
export function createKmsSealer(
  client: KMSClient,
  { keyArn, secretPrefix }: { readonly keyArn: string; readonly secretPrefix: string },
): Sealer {
  const kms = createKmsText(client, keyArn);
  const contextOf = (kind: SealKind, invite: string) => ({ deployment: secretPrefix, kind, invite });
  return {
    seal: async (kind, invite, text, signal) => {
      const encrypted = await kms.encrypt(text, contextOf(kind, invite), signal);
      return Buffer.from(encrypted).toString('base64');
    },
    open: (kind, invite, sealed, signal) =>
      kms.decrypt(Buffer.from(sealed, 'base64'), contextOf(kind, invite), signal),
  };
}
