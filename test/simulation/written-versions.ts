import type { SecretRecord } from '../../sandbox/aws/secret-record.ts';
import type { WrittenVersion } from './promises/promise.ts';

interface Change {
  /** Of the connection. */
  readonly name: string;
  readonly atMs: number;
  readonly kind: WrittenVersion['kind'];
  readonly isLate: boolean;
}

/** Prefix of the ids of versions that an operator wrote. */
export const PASTED_BY_HAND = 'pasted-by-hand';

/** The versions that the product has written to the token secrets. */
export class WrittenVersions {
  readonly #versions = new Map<string, (WrittenVersion & { readonly isLate: boolean })[]>();

  /** Records a write of the product, which may have added a version. */
  record(secret: SecretRecord | undefined, { name, ...change }: Change): void {
    const known = this.#versions.get(name) ?? [];
    const written = [...(secret?.versions.values() ?? [])].filter(({ id }) => !id.startsWith(PASTED_BY_HAND));
    const newest = written.at(-1);
    if (written.length <= known.length || newest?.value.kind !== 'string') return;
    const generation = Number(/"generation":(\d+)/.exec(newest.value.text)?.[1]);
    this.#versions.set(name, [...known, { ...change, generation }]);
  }

  /** The versions of a connection, oldest first, without late ones, which no process could know of. */
  of(name: string): readonly WrittenVersion[] {
    return (this.#versions.get(name) ?? []).filter(({ isLate }) => !isLate);
  }
}
