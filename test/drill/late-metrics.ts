import { type MetricIdentity, type MetricSample, MetricStore } from '../../sandbox/aws/metric-store.ts';

interface LateSample {
  readonly metric: MetricIdentity;
  readonly sample: MetricSample;
  readonly shownAtMs: number;
}

/** Metrics that CloudWatch shows some time after they were recorded, each at the moment that it belongs to. */
export class LateMetrics extends MetricStore {
  readonly #delayMs: (metric: MetricIdentity) => number;
  #hidden: LateSample[] = [];

  constructor(delayMs: (metric: MetricIdentity) => number) {
    super();
    this.#delayMs = delayMs;
  }

  override addSample(metric: MetricIdentity, sample: MetricSample): void {
    const delayMs = this.#delayMs(metric);
    if (delayMs === 0) super.addSample(metric, sample);
    else this.#hidden.push({ metric, sample, shownAtMs: sample.atMs + delayMs });
  }

  /** Shows what was recorded long enough ago. */
  showUntil(nowMs: number): void {
    const shown = this.#hidden.filter(({ shownAtMs }) => shownAtMs <= nowMs);
    this.#hidden = this.#hidden.filter(({ shownAtMs }) => shownAtMs > nowMs);
    for (const { metric, sample } of shown) super.addSample(metric, sample);
  }
}
