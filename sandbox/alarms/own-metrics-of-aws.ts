import type { MetricIdentity, MetricStore } from '../aws/metric-store.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

/** The metrics that AWS itself records about a function and a queue, under the names that alarms watch. */
export class OwnMetricsOfAws {
  readonly #metrics: MetricStore;
  readonly #watched: ReadonlyMap<string, MetricIdentity>;

  constructor(definitions: readonly AlarmDefinition[], metrics: MetricStore) {
    this.#metrics = metrics;
    const terms = definitions.flatMap((definition) =>
      definition.kind === 'metric' ? [...definition.terms.values()] : [],
    );
    // By all that identifies a metric, because several alarms may watch one.
    this.#watched = new Map(
      terms.flatMap((term) =>
        'metric' in term && term.metric.namespace.startsWith('AWS/')
          ? [[JSON.stringify(term.metric), term.metric]]
          : [],
      ),
    );
  }

  /** Records the result of an invocation by the schedule, for the function and for its alias. */
  measureInvocation({ failed }: { failed: boolean }, atMs: number): void {
    this.#measure('Invocations', 1, atMs);
    this.#measure('Errors', failed ? 1 : 0, atMs);
    this.#measure('Throttles', 0, atMs);
  }

  /** Records the number of messages in the dead-letter queue. */
  measureUndelivered(messages: number, atMs: number): void {
    this.#measure('ApproximateNumberOfMessagesVisible', messages, atMs);
  }

  #measure(name: string, value: number, atMs: number): void {
    const watched = [...this.#watched.values()].filter((metric) => metric.name === name);
    if (watched.length === 0) throw new Error(`No alarm watches AWS's metric ${name}.`);
    for (const metric of watched) this.#metrics.addValue(metric, { value, atMs });
  }
}
