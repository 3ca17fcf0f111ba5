import type { SecretRecord } from '../../sandbox/aws/secret-record.ts';
import type { WrittenVersion } from './promises/promise.ts';

interface Change {
  /** Of the connection. */
  readonly name: string;
  readonly atMs: number;
  readonly kind: WrittenVersion['kind'];
  readonly isLate: boolean;
}

/** Prefix of the versions that people write. */
export const PASTED_BY_HAND = 'pasted-by-hand';

/** Which versions of the token secrets the product has written. */
export class WrittenVersions {
  readonly #versions = new Map<string, (WrittenVersion & { readonly isLate: boolean })[]>();

  /** A write of the product has reached the secret: perhaps with a new version. */
  note(secret: SecretRecord | undefined, { name, ...change }: Change): void {
    const known = this.#versions.get(name) ?? [];
    const written = [...(secret?.versions.values() ?? [])].filter(({ id }) => !id.startsWith(PASTED_BY_HAND));
    const newest = written.at(-1);
    if (written.length <= known.length || newest?.value.kind !== 'string') return;
    const generation = Number(/"generation":(\d+)/.exec(newest.value.text)?.[1]);
    this.#versions.set(name, [...known, { ...change, generation }]);
  }

  /** Those of a connection, oldest first, but for late ones: nobody could know of them. */
  of(name: string): readonly WrittenVersion[] {
    return (this.#versions.get(name) ?? []).filter(({ isLate }) => !isLate);
  }
}
