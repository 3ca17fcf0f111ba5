import type { AlarmDefinition, MetricAlarmDefinition, MetricTerm } from './alarm-definition.ts';
import {
  type CompositeAlarmProperties,
  type MetricAlarmProperties,
  type MetricQuery,
  parseCompositeAlarm,
  parseMetricAlarm,
} from './alarm-properties.ts';
import { parseAlarmRule } from './alarm-rule.ts';
import { LONGEST_EVALUATION_MS } from './evaluation-range.ts';
import { type MathExpression, parseMathExpression } from './math-expression.ts';
import type { MissingDataTreatment } from './missing-data.ts';
import { createValueResolver, type Place, type SynthesizedTemplate } from './template-values.ts';

const READERS: Readonly<Record<string, (properties: unknown) => AlarmDefinition>> = {
  'AWS::CloudWatch::Alarm': (properties) => readMetricAlarm(parseMetricAlarm(properties)),
  'AWS::CloudWatch::CompositeAlarm': (properties) => readCompositeAlarm(parseCompositeAlarm(properties)),
};

/**
 * The alarms of a synthesized template, in its order, with all references resolved. Throws when an alarm has a
 * property or a value that the evaluator does not support; the error names both. Only tags and labels are ignored.
 */
export function readAlarms(template: SynthesizedTemplate, place: Place = {}): AlarmDefinition[] {
  const resolve = createValueResolver(template, place);
  return Object.entries(template.Resources ?? {}).flatMap(([logicalId, resource]) => {
    const read = READERS[resource.Type];
    if (read === undefined) return [];
    try {
      if (resource.Condition !== undefined) throw new Error('Condition is not supported');
      return [read(resolve(resource.Properties))];
    } catch (cause) {
      const name = resource.Properties?.AlarmName;
      const alarm = typeof name === 'string' ? name : logicalId;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The alarm "${alarm}" cannot be evaluated: ${why}`, { cause });
    }
  });
}

function readMetricAlarm(properties: MetricAlarmProperties): AlarmDefinition {
  const { EvaluationPeriods: evaluationPeriods, DatapointsToAlarm: datapointsToAlarm = evaluationPeriods } =
    properties;
  const { periodSeconds, terms, watchedId } = readTerms(properties);
  if (datapointsToAlarm > evaluationPeriods)
    throw new Error(
      `DatapointsToAlarm: ${datapointsToAlarm} is more than the ${evaluationPeriods} of EvaluationPeriods`,
    );
  if (periodSeconds * evaluationPeriods * 1000 > LONGEST_EVALUATION_MS)
    throw new Error(
      `EvaluationPeriods: ${evaluationPeriods} of ${periodSeconds} s are more than a day, which is not supported`,
    );
  return {
    kind: 'metric',
    ...factsOf(properties),
    periodMs: periodSeconds * 1000,
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData: properties.TreatMissingData ?? defaultTreatment(terms),
    comparison: properties.ComparisonOperator,
    threshold: properties.Threshold,
    terms,
    watchedId,
  };
}

function readCompositeAlarm(properties: CompositeAlarmProperties): AlarmDefinition {
  return { kind: 'composite', ...factsOf(properties), rule: parseAlarmRule(properties.AlarmRule) };
}

function factsOf(properties: MetricAlarmProperties | CompositeAlarmProperties) {
  const { AlarmActions, OKActions, InsufficientDataActions, ActionsEnabled } = properties;
  const enabled = (actions: readonly string[]) => (ActionsEnabled ? actions : []);
  return {
    name: properties.AlarmName,
    description: properties.AlarmDescription,
    actions: {
      ALARM: enabled(AlarmActions),
      OK: enabled(OKActions),
      INSUFFICIENT_DATA: enabled(InsufficientDataActions),
    },
  };
}

type Terms = MetricAlarmDefinition['terms'];

interface WatchedTerms {
  readonly periodSeconds: number;
  readonly terms: Terms;
  readonly watchedId: string;
}

function readTerms({
  Metrics,
  Namespace,
  MetricName,
  Dimensions,
  Statistic,
  Period,
}: MetricAlarmProperties): WatchedTerms {
  const single = { Namespace, MetricName, Dimensions, Statistic, Period };
  if (Metrics !== undefined) {
    const surplus = Object.entries(single).find(([, value]) => value !== undefined)?.[0];
    if (surplus !== undefined) throw new Error(`${surplus} together with Metrics is not supported`);
    return readQueries(Metrics);
  }
  if (!Namespace || !MetricName || !Statistic || !Period) {
    const { Dimensions: _, ...needed } = single;
    const lacking = Object.entries(needed).filter(([, value]) => value === undefined);
    throw new Error(`${lacking.map(([property]) => property).join(', ')}: not given, and neither is Metrics`);
  }
  const term = {
    metric: { namespace: Namespace, name: MetricName, dimensions: Dimensions ?? {} },
    statistic: Statistic,
  };
  return { periodSeconds: Period, terms: new Map([[MetricName, term]]), watchedId: MetricName };
}

function readQueries(queries: readonly MetricQuery[]): WatchedTerms {
  const terms = new Map(queries.map((query) => [query.Id, readQuery(query)]));
  if (terms.size < queries.length) throw new Error('Metrics: an Id is used twice');
  const watched = queries.filter(({ ReturnData }) => ReturnData).map(({ Id }) => Id);
  const [watchedId] = watched;
  if (watchedId === undefined || watched.length > 1)
    throw new Error(`Metrics: ReturnData has to be true for exactly one, and is for ${watched.length}`);
  for (const id of terms.keys()) checkReferences(id, terms, []);
  const periods = [...new Set(queries.flatMap(({ MetricStat }) => MetricStat?.Period ?? []))];
  const [periodSeconds] = periods;
  if (periodSeconds === undefined || periods.length > 1)
    throw new Error(
      `Metrics: the metrics have to have one Period, and have ${periods.join(' and ') || 'none'}`,
    );
  return { periodSeconds, terms, watchedId };
}

function readQuery({ Id, Expression, MetricStat }: MetricQuery): MetricTerm | MathExpression {
  if (Expression !== undefined && MetricStat === undefined) return parseMathExpression(Expression);
  if (MetricStat === undefined || Expression !== undefined)
    throw new Error(`Metrics: ${Id} has to have either Expression or MetricStat`);
  const { Namespace: namespace, MetricName: name, Dimensions: dimensions = {} } = MetricStat.Metric;
  return { metric: { namespace, name, dimensions }, statistic: MetricStat.Stat };
}

function checkReferences(id: string, terms: Terms, path: readonly string[]): void {
  if (path.includes(id)) throw new Error(`Metrics: ${[...path, id].join(' refers to ')}`);
  const term = terms.get(id);
  if (term === undefined) throw new Error(`Metrics: ${path.at(-1)} refers to ${id}, which does not exist`);
  if ('metric' in term) return;
  for (const reference of term.ids) checkReferences(reference, terms, [...path, id]);
}

/** `missing`, but `ignore` where a metric of DynamoDB is watched ("Configuring how CloudWatch alarms treat missing data"). */
function defaultTreatment(terms: Terms): MissingDataTreatment {
  const watched = [...terms.values()];
  return watched.some((term) => 'metric' in term && term.metric.namespace === 'AWS/DynamoDB')
    ? 'ignore'
    : 'missing';
}
