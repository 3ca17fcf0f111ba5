import type { SynthesizedTemplate } from '../../../../sandbox/alarms/template-values.ts';
import type { MetricIdentity } from '../../../../sandbox/aws/metric-store.ts';

/** The metric that the alarm of `templateWith` watches. */
export const FAULTS: MetricIdentity = { namespace: 'Test', name: 'Faults', dimensions: { service: 'zoho' } };

/** Properties of an alarm that goes off with one fault in a minute. */
export const FAULTS_ALARM = {
  AlarmName: 'faults',
  Namespace: 'Test',
  MetricName: 'Faults',
  Dimensions: [{ Name: 'service', Value: 'zoho' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
};

/** A template with that alarm, and with some of its properties changed; undefined takes one away. */
export function templateWith(
  changes: Readonly<Record<string, unknown>> = {},
  others: SynthesizedTemplate['Resources'] = {},
): SynthesizedTemplate {
  const properties = Object.entries({ ...FAULTS_ALARM, ...changes }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    Resources: {
      Faults: { Type: 'AWS::CloudWatch::Alarm', Properties: Object.fromEntries(properties) },
      ...others,
    },
  };
}

/** An entry of an alarm's `Metrics` that is a metric, a minute's sum of it. */
export function metricQuery(Id: string, MetricName: string, changes: Readonly<Record<string, unknown>> = {}) {
  const { Namespace, Dimensions, Period, Statistic: Stat } = FAULTS_ALARM;
  const Metric = { Namespace, MetricName, Dimensions };
  return { Id, MetricStat: { Metric, Period, Stat, ...changes }, ReturnData: false };
}

/** What makes an alarm of an expression of the metrics `faults` and `calls` out of that of a metric. */
export function watching(expression: string, ...more: readonly object[]) {
  return {
    Namespace: undefined,
    MetricName: undefined,
    Dimensions: undefined,
    Statistic: undefined,
    Period: undefined,
    Metrics: [
      { Id: 'watched', Label: 'what is watched', Expression: expression },
      metricQuery('faults', 'Faults'),
      metricQuery('calls', 'Calls'),
      ...more,
    ],
  };
}
