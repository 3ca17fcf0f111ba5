import type { PromiseCheck, Violate } from './promise.ts';

/** AWS failed, or a refresh was requested for a connection that was never registered. */
const EXPECTED = ['InfrastructureError', 'UnknownConnectionError'];

/** I0: no unexpected error, and no row that cannot be parsed. */
export class NoBug implements PromiseCheck {
  readonly #violate: Violate;

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  onOutput(output: unknown): void {
    if (output instanceof Error && !EXPECTED.includes(output.name))
      this.#violate(`an invocation failed: ${output.message}`);
    const { code, bug } = (output ?? {}) as { code?: unknown; bug?: unknown };
    if (bug !== undefined || code === 'malformed_row')
      this.#violate(`an attempt failed: ${JSON.stringify(output)}`);
  }
}
