/** Seeds are hashed to 32 bits: a larger seed would give the world of a smaller one. */
export const MAX_SEED = 2 ** 32 - 1;

/**
 * Every random choice of a run. A choice depends on the seed and its own name, not on the choices before it. Removing one
 * incident therefore leaves all other choices unchanged, so that a failing run can be shortened. Renaming a choice gives
 * every seed another world.
 */
export class Choices {
  readonly #seed: number;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #incidents = new Set<string>();

  /** `allowed`: names of the only incidents that may happen. @default all */
  constructor(seed: number, allowed?: ReadonlySet<string>) {
    this.#seed = seed;
    this.#allowed = allowed;
  }

  /** Names of the incidents that have happened, in order. */
  get incidents(): readonly string[] {
    return [...this.#incidents];
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

  /** Whether an incident happens: an injected fault, or an action of a consumer, operator or developer. */
  happens(name: string, probability: number): boolean {
    if (this.draw(name) >= probability) return false;
    if (this.#allowed !== undefined && !this.#allowed.has(name)) return false;
    this.#incidents.add(name);
    return true;
  }

  /** A sequence of random numbers. */
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
