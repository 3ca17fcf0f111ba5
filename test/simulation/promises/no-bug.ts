import type { PromiseCheck, Violate } from './promise.ts';

/** AWS fails, or somebody asks for a connection that was never registered. */
const FORESEEN = ['InfrastructureError', 'UnknownConnectionError'];

/** I0: whatever happens is foreseen: no unexpected error, and no row that cannot be read. */
export class NoBug implements PromiseCheck {
  readonly #violate: Violate;

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  onOutput(output: unknown): void {
    if (output instanceof Error && !FORESEEN.includes(output.name))
      this.#violate(`an invocation failed: ${output.message}`);
    const { code, bug } = (output ?? {}) as { code?: unknown; bug?: unknown };
    if (bug !== undefined || code === 'malformed_row')
      this.#violate(`an attempt failed: ${JSON.stringify(output)}`);
  }
}
