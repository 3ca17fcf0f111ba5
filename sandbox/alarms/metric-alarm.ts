import type { AlarmState } from '../aws/alarm-store.ts';
import type { MetricStore } from '../aws/metric-store.ts';
import { COMPARISONS, type MetricAlarmDefinition } from './alarm-definition.ts';
import { type EvaluationRange, evaluationRangeAt } from './evaluation-range.ts';
import type { Series } from './metric-math.ts';
import { judgeDatapoints, type Verdict } from './missing-data.ts';

/** The source of the datapoints. */
export type Metrics = Pick<MetricStore, 'read'>;

/** The result of the evaluation of a metric alarm. */
interface Finding {
  /** `unchanged`: the alarm stays as it is. */
  readonly state: AlarmState | 'unchanged';
  readonly reason: string;
}

/** Evaluates a metric alarm. */
export function evaluateMetricAlarm(
  definition: MetricAlarmDefinition,
  metrics: Metrics,
  nowMs: number,
): Finding {
  const range = evaluationRangeAt(nowMs, definition);
  const series = watchedSeries(definition, (id) => readMetric(definition, id, metrics, range));
  const { breaches } = COMPARISONS[definition.comparison];
  const verdict = judgeDatapoints(
    series.map((value) => {
      if (value === undefined) return 'missing';
      return breaches(value, definition.threshold) ? 'breaching' : 'within';
    }),
    definition,
  );
  return { state: verdict.state, reason: explain(definition, verdict, series, range) };
}

function watchedSeries(
  { terms, watchedId }: MetricAlarmDefinition,
  readMetricOf: (id: string) => Series,
): Series {
  const seriesOf = (id: string): Series => {
    const term = terms.get(id);
    return term !== undefined && 'evaluate' in term ? term.evaluate(seriesOf) : readMetricOf(id);
  };
  return seriesOf(watchedId);
}

function readMetric(
  { name, terms }: MetricAlarmDefinition,
  id: string,
  metrics: Metrics,
  { startMs, endMs, periodMs, count }: EvaluationRange,
): Series {
  const term = terms.get(id);
  if (term === undefined || !('metric' in term))
    throw new Error(`The alarm "${name}" has no metric "${id}".`);
  const window = { startMs, endMs, periodMs };
  const points = metrics.read(term.metric, window, term.statistic);
  const values = new Map(points.map(({ atMs, value }) => [(atMs - startMs) / periodMs, value]));
  return Array.from({ length: count }, (_, index) => values.get(index));
}

function explain(
  { comparison, threshold, datapointsToAlarm, evaluationPeriods, treatMissingData }: MetricAlarmDefinition,
  { evaluated, breaching, filled }: Verdict,
  series: Series,
  { startMs, periodMs }: EvaluationRange,
): string {
  const condition = `${COMPARISONS[comparison].sign} ${threshold}`;
  const values = evaluated
    .map((index) => `${series[index]} (period beginning ${timeOfDay(startMs + index * periodMs)} UTC)`)
    .reverse();
  const datapoints = values.length === 0 ? 'no datapoints' : `datapoints ${values.join(', ')}`;
  const missing = filled === 0 ? '' : `; ${filled} missing, treated as ${treatMissingData}`;
  return (
    `${breaching} of ${evaluated.length} are ${condition}, ${datapointsToAlarm} of ${evaluationPeriods} make an alarm: ` +
    `${datapoints}${missing}`
  );
}

function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 16);
}
