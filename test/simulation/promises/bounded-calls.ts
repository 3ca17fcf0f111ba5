import type { ConsumerCall, ConsumerResult } from './consumer-facts.ts';
import type { PromiseCheck, Violate } from './promise.ts';

/** What a call may take longer than its bound, e.g. because the last step takes a moment. */
const SLACK_MS = 2_000;

/** C2: every call of a consumer ends within its bound, not counting the time in which its process was frozen. */
export class BoundedCalls implements PromiseCheck {
  readonly #violate: Violate;
  readonly #open = new Set<ConsumerCall>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  onConsumerCalled(call: ConsumerCall): void {
    this.#open.add(call);
  }

  onConsumerReturned(call: ConsumerCall, _result: ConsumerResult): void {
    this.#open.delete(call);
    this.#check(call);
  }

  onCheck(): void {
    for (const call of this.#open) {
      if (call.process.environment.isDead) this.#open.delete(call);
      else this.#check(call);
    }
  }

  #check({ name, process, startedAwakeMs, boundMs }: ConsumerCall): void {
    const tookMs = process.environment.awakeMs() - startedAwakeMs;
    if (tookMs > boundMs + SLACK_MS)
      this.#violate(`${name} takes ${seconds(tookMs)} s, and may take ${seconds(boundMs)} s`);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
