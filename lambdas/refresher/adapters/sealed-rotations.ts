import type { SealedCredentials } from '../../adapters/sealed/sealed-credentials.ts';
import type { RotatedCredentialsStore } from '../../core/ports.ts';
import { replacesVersion } from '../../core/secrets/rotated-credentials.ts';
import { rotatedVersionId } from './rotated-credentials.ts';

/** Writes refresh tokens that Zoho has rotated to the second store: one compare-and-swap, with no state in between. */
export function createSealedRotations(credentials: SealedCredentials): RotatedCredentialsStore {
  return {
    store: async ({ connection, generation, text, usedVersionId }, signal) => {
      const versionId = rotatedVersionId(connection, generation, usedVersionId);
      const result = await credentials.write(
        { connection, versionId, text, seenVersionId: usedVersionId },
        signal,
      );
      return result.kind === 'stored' ? { kind: 'current', versionId } : { kind: 'superseded' };
    },

    /** What an attempt has stored is current, although that attempt may have ended before it could say so. */
    recover: async (connection, refusedVersionId, signal) => {
      const stored = await credentials.read(connection, signal);
      const isSuccessor = stored.kind === 'found' && replacesVersion(stored.text, refusedVersionId);
      return isSuccessor ? { kind: 'current', versionId: stored.versionId } : { kind: 'none' };
    },
  };
}
