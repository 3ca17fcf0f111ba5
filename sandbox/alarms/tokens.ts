/** A text with the pattern of its tokens, and the beginning of error messages about it. */
interface TokenSource {
  readonly text: string;
  /** Matches a token, or any other character except white space, so that nothing is skipped. */
  readonly pattern: RegExp;
  /** Such as `The math expression`. */
  readonly what: string;
  /** What to do about an error. */
  readonly advice: string;
}

/** Reads the tokens of a text one after the other. */
export class Tokens {
  readonly #source: TokenSource;
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(source: TokenSource) {
    this.#source = source;
    this.#tokens = source.text.match(source.pattern) ?? [];
  }

  peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  take(): string {
    const token = this.peek();
    if (token === undefined) return this.refuse('it ends too early');
    this.#next += 1;
    return token;
  }

  accept(token: string): boolean {
    if (this.peek() !== token) return false;
    this.#next += 1;
    return true;
  }

  /** Takes the next token when it is one of these. */
  acceptOneOf<Token extends string>(tokens: readonly Token[]): Token | undefined {
    return tokens.find((token) => this.accept(token));
  }

  expect(token: string): void {
    if (!this.accept(token)) this.refuse(`it has ${this.#here()} where "${token}" should be`);
  }

  expectEnd(): void {
    if (this.peek() !== undefined) this.refuse(`${this.#here()} is not supported there`);
  }

  refuse(why: string): never {
    const { what, text, advice } = this.#source;
    throw new Error(`${what} "${text}" cannot be evaluated: ${why}. ${advice}`);
  }

  #here(): string {
    const token = this.peek();
    return token === undefined ? 'its end' : `"${token}"`;
  }
}
