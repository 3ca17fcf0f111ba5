import type { MetricStore } from '../aws/metric-store.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

/** The metrics that AWS itself records about a function and a queue, under the names that alarms watch. */
export class OwnMetricsOfAws {
  readonly #metrics: MetricStore;
  readonly #watched: ReadonlyMap<string, { namespace: string; dimensions: Readonly<Record<string, string>> }>;

  constructor(definitions: readonly AlarmDefinition[], metrics: MetricStore) {
    this.#metrics = metrics;
    const terms = definitions.flatMap((definition) =>
      definition.kind === 'metric' ? [...definition.terms.values()] : [],
    );
    this.#watched = new Map(
      terms.flatMap((term) =>
        'metric' in term && term.metric.namespace.startsWith('AWS/') ? [[term.metric.name, term.metric]] : [],
      ),
    );
  }

  /** Records the result of an invocation. */
  measureInvocation({ failed }: { failed: boolean }, atMs: number): void {
    this.#measure('Errors', failed ? 1 : 0, atMs);
    this.#measure('Throttles', 0, atMs);
  }

  /** Records the number of messages in the dead-letter queue. */
  measureUndelivered(messages: number, atMs: number): void {
    this.#measure('ApproximateNumberOfMessagesVisible', messages, atMs);
  }

  #measure(name: string, value: number, atMs: number): void {
    const watched = this.#watched.get(name);
    if (watched === undefined) throw new Error(`No alarm watches AWS's metric ${name}.`);
    this.#metrics.addValue({ ...watched, name }, { value, atMs });
  }
}
