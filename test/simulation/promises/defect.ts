import type { InvariantId } from './all.ts';

/** A deliberate defect: pieces of the product's source that are replaced before it is run. */
export interface Defect {
  readonly name: string;
  readonly edits: readonly SourceEdit[];
  /** The promises that it may break: it counts as caught when one of them is reported. */
  readonly breaks: readonly InvariantId[];
}

export interface SourceEdit {
  /** From the root of the project. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}
