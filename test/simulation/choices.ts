/**
 * Everything that a run leaves to chance. A choice is drawn from the seed and its own name, not from a stream: taking one
 * away leaves the others as they were, which is what lets a failing run be shortened.
 */
export class Choices {
  readonly #seed: number;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #taken = new Set<string>();

  /** `allowed`: the only extraordinary things that may happen. @default all */
  constructor(seed: number, allowed?: ReadonlySet<string>) {
    this.#seed = seed;
    this.#allowed = allowed;
  }

  /** Names of the extraordinary things that happened so far, in their order. */
  get taken(): readonly string[] {
    return [...this.#taken];
  }

  /** Uniform in [0, 1): the same for the same seed and name on every machine. */
  draw(name: string): number {
    return hash(this.#seed, name) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  between(name: string, min: number, max: number): number {
    return min + Math.floor(this.draw(name) * (max - min + 1));
  }

  pick<T>(name: string, options: readonly [T, ...T[]]): T {
    return options[Math.floor(this.draw(name) * options.length)] ?? options[0];
  }

  /** Whether something extraordinary happens: a fault, or something that people do. */
  happens(name: string, probability: number): boolean {
    if (this.draw(name) >= probability) return false;
    if (this.#allowed !== undefined && !this.#allowed.has(name)) return false;
    this.#taken.add(name);
    return true;
  }

  /** A source of numbers that are used one after the other. */
  stream(name: string): () => number {
    let count = 0;
    return () => this.draw(`${name} ${count++}`);
  }
}

/** FNV-1a over the name, then the finalizer of MurmurHash3: 32 bits. */
function hash(seed: number, name: string): number {
  let mixed = 0x811c9dc5 ^ seed;
  for (let index = 0; index < name.length; index += 1) {
    mixed = Math.imul(mixed ^ name.charCodeAt(index), 0x01000193);
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
