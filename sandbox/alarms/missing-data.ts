import type { AlarmState } from '../aws/alarm-store.ts';

/** What a datapoint says. */
export type Datapoint = 'within' | 'breaching' | 'missing';

/** How an alarm treats missing datapoints. */
export const MISSING_DATA_TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
/** One of them. */
export type MissingDataTreatment = (typeof MISSING_DATA_TREATMENTS)[number];

/** The settings that decide an alarm's state. */
export interface AlarmSettings {
  /** N: the number of datapoints that are evaluated. */
  readonly evaluationPeriods: number;
  /** M: the number of them that must breach. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingDataTreatment;
}

/** The result for the datapoints of an evaluation range. */
export interface Verdict {
  /** `unchanged`: the alarm stays as it is. */
  readonly state: AlarmState | 'unchanged';
  /** The indexes of the evaluated datapoints, oldest first. */
  readonly evaluated: readonly number[];
  /** How many of them breach. */
  readonly breaching: number;
  /** How many datapoints were missing for N. */
  readonly filled: number;
}

/**
 * Judges the datapoints of an alarm's evaluation range, oldest first. Source: CloudWatch User Guide, "Configuring how
 * CloudWatch alarms treat missing data", whose two tables are this function's tests:
 * - N existing datapoints or more: the most recent N decide, and how missing data is treated does not matter.
 * - Fewer: all that exist are evaluated, however old, and only the missing ones up to N are filled in.
 * - `missing` and `ignore` fill in nothing: M breaching datapoints are an alarm, one within the threshold is OK. With
 *   nothing but breaching ones, fewer than M, `ignore` keeps the state, and `missing` waits until the oldest is M periods
 *   old ("Avoiding premature transitions to alarm state"). Until then INSUFFICIENT_DATA: today's guide says only that the
 *   alarm "does not go immediately into ALARM state"; in its edition of 2018 the table has a row for it, `- - - - X`.
 * - No datapoint at all: `missing` is INSUFFICIENT_DATA, `ignore` keeps the state.
 */
export function judgeDatapoints(range: readonly Datapoint[], settings: AlarmSettings): Verdict {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = settings;
  const existing = range.flatMap((datapoint, index) => (datapoint === 'missing' ? [] : index));
  const evaluated = existing.slice(-evaluationPeriods);
  const breaching = evaluated.filter((index) => range[index] === 'breaching').length;
  const filled = evaluationPeriods - evaluated.length;
  const facts = { evaluated, breaching, filled };
  const filledBreaching = treatMissingData === 'breaching' ? filled : 0;
  if (breaching + filledBreaching >= datapointsToAlarm) return { ...facts, state: 'ALARM' };
  const oldest = evaluated[0];
  const usesExistingOnly = treatMissingData === 'missing' || treatMissingData === 'ignore';
  const isUndecided = filled > 0 && breaching === evaluated.length && usesExistingOnly;
  if (!isUndecided) return { ...facts, state: 'OK' };
  if (treatMissingData === 'ignore') return { ...facts, state: 'unchanged' };
  const hasWaitedLongEnough = oldest !== undefined && range.length - oldest >= datapointsToAlarm;
  return { ...facts, state: hasWaitedLongEnough ? 'ALARM' : 'INSUFFICIENT_DATA' };
}
