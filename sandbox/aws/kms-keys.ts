import { awsFault } from './aws-error.ts';
import { keyIdOf, type SecretRecord, type SecretVersion } from './secret-record.ts';

/** The state of a key, as DescribeKey names it. */
export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

/** The states of the KMS keys that secrets are encrypted with, by the text that names them. All are enabled at first. */
export class KmsKeys {
  readonly #disabled = new Map<string, KeyState>();
  /** ARNs of keys besides that of the deployment. */
  readonly others = new Set<string>();

  /** Disables a key, or schedules its deletion: nothing can be encrypted or decrypted with it. */
  disable(keyId: string, state: Exclude<KeyState, 'Enabled'> = 'Disabled'): void {
    this.#disabled.set(keyId, state);
  }

  enable(keyId: string): void {
    this.#disabled.delete(keyId);
  }

  stateOf(keyId: string): KeyState {
    return this.#disabled.get(keyId) ?? 'Enabled';
  }

  /** Whether a key that the version is encrypted with is enabled. */
  canDecrypt({ keyIds }: SecretVersion): boolean {
    return keyIds.some((keyId) => !this.#disabled.has(keyId));
  }

  /** The key for new versions. Throws `EncryptionFailure` while it is disabled. */
  toEncrypt(secret: Pick<SecretRecord, 'kmsKeyId'>): string {
    const keyId = keyIdOf(secret);
    if (this.#disabled.has(keyId)) throw awsFault('EncryptionFailure');
    return keyId;
  }
}
