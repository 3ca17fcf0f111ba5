import type { AlarmState } from '../aws/alarm-store.ts';
import type { MetricIdentity, Statistic } from '../aws/metric-store.ts';
import type { AlarmRule } from './alarm-rule.ts';
import type { MathExpression } from './math-expression.ts';
import type { AlarmSettings } from './missing-data.ts';

/** An alarm of a template, ready to be evaluated. */
export type AlarmDefinition = MetricAlarmDefinition | CompositeAlarmDefinition;

/** An alarm that watches a metric or a math expression. */
export interface MetricAlarmDefinition extends AlarmFacts, AlarmSettings {
  readonly kind: 'metric';
  readonly periodMs: number;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** Metrics and expressions by their ids. */
  readonly terms: ReadonlyMap<string, MetricTerm | MathExpression>;
  /** The id of the term that is compared with the threshold. */
  readonly watchedId: string;
}

/** An alarm that watches other alarms. */
export interface CompositeAlarmDefinition extends AlarmFacts {
  readonly kind: 'composite';
  readonly rule: AlarmRule;
}

/** A metric and the statistic of each period. */
export interface MetricTerm {
  readonly metric: MetricIdentity;
  readonly statistic: Statistic;
}

/** The comparisons with a fixed threshold. */
export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: { sign: '>=', breaches: (value, threshold) => value >= threshold },
  GreaterThanThreshold: { sign: '>', breaches: (value, threshold) => value > threshold },
  LessThanThreshold: { sign: '<', breaches: (value, threshold) => value < threshold },
  LessThanOrEqualToThreshold: { sign: '<=', breaches: (value, threshold) => value <= threshold },
} as const satisfies Record<
  string,
  { sign: string; breaches: (value: number, threshold: number) => boolean }
>;

/** One of them. */
export type ComparisonOperator = keyof typeof COMPARISONS;

interface AlarmFacts {
  readonly name: string;
  readonly description: string;
  /** The ARNs that are notified when the alarm enters a state. None if the alarm's actions are disabled. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
}
