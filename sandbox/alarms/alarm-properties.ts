import { z } from 'zod';
import { STATISTICS } from '../aws/metric-store.ts';
import { COMPARISONS, type ComparisonOperator } from './alarm-definition.ts';
import { MISSING_DATA_TREATMENTS } from './missing-data.ts';

const dimensions = z
  .array(z.strictObject({ Name: z.string().min(1), Value: z.string().min(1) }))
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));
const metric = {
  Namespace: z.string().min(1),
  MetricName: z.string().min(1),
  Dimensions: dimensions.optional(),
};
const period = z
  .number()
  .int()
  .positive()
  .multipleOf(60, 'only multiples of 60 seconds are supported, no high resolution');
const actions = z.array(z.string().min(1)).default([]);
const comparisons = Object.keys(COMPARISONS) as ComparisonOperator[];

/** Properties of both kinds of alarms. Tags have no effect on alarms. */
const shared = {
  AlarmName: z.string().min(1),
  AlarmDescription: z.string().default(''),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  Tags: z.unknown().optional(),
};

const query = z.strictObject({
  Id: z.string().regex(/^[a-z][a-zA-Z0-9_]*$/, 'must begin with a lower-case letter'),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
  Expression: z.string().min(1).optional(),
  MetricStat: z
    .strictObject({ Metric: z.strictObject(metric), Period: period, Stat: z.enum(STATISTICS) })
    .optional(),
});

/** An entry of an alarm's `Metrics`. */
export type MetricQuery = z.infer<typeof query>;

const metricAlarm = z.strictObject({
  ...shared,
  ComparisonOperator: z.enum(comparisons),
  Threshold: z.number(),
  EvaluationPeriods: z.number().int().positive(),
  DatapointsToAlarm: z.number().int().positive().optional(),
  TreatMissingData: z.enum(MISSING_DATA_TREATMENTS).optional(),
  Metrics: z.array(query).min(1).optional(),
  Namespace: metric.Namespace.optional(),
  MetricName: metric.MetricName.optional(),
  Dimensions: metric.Dimensions,
  Statistic: z.enum(STATISTICS).optional(),
  Period: period.optional(),
});

/** The properties of an `AWS::CloudWatch::Alarm`, checked. */
export type MetricAlarmProperties = z.infer<typeof metricAlarm>;

const compositeAlarm = z.strictObject({ ...shared, AlarmRule: z.string().min(1) });

/** The properties of an `AWS::CloudWatch::CompositeAlarm`, checked. */
export type CompositeAlarmProperties = z.infer<typeof compositeAlarm>;

/** Checks the properties of a metric alarm. Throws an error that names each property that is not supported. */
export function parseMetricAlarm(properties: unknown): MetricAlarmProperties {
  return parse(metricAlarm, properties);
}

/** Checks the properties of a composite alarm. Throws an error that names each property that is not supported. */
export function parseCompositeAlarm(properties: unknown): CompositeAlarmProperties {
  return parse(compositeAlarm, properties);
}

function parse<Schema extends z.ZodType>(schema: Schema, properties: unknown): z.infer<Schema> {
  const result = schema.safeParse(properties);
  if (result.success) return result.data;
  throw new Error(result.error.issues.flatMap((issue) => problemsOf(issue, properties)).join('; '));
}

function problemsOf(issue: z.core.$ZodIssue, properties: unknown): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${[...path, key].join('.')} is not supported`);
  const given = JSON.stringify(valueAt(properties, path)) ?? 'nothing';
  return [`${path.join('.')}: ${issue.message}, given ${given}`];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
