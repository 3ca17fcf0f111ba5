const REDACTED = '[redacted]';

/**
 * A secret value that cannot be printed by accident: string conversion, JSON, `util.inspect` and `console.log` all
 * give `[redacted]`. Only an explicit `reveal()` gives the value, so that every use of a secret can be found by name.
 */
export class Redacted {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/**
 * True if a text from outside contains the secret. A value as short as a word is ignored: it may occur anywhere. A function, so that
 * it is not in the bundles of consumers.
 */
export function isSecretIn(text: string, secret: Redacted): boolean {
  const value = secret.reveal();
  return value.length >= 16 && text.toLowerCase().includes(value.toLowerCase());
}
