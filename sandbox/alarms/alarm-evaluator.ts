import type { AlarmState } from '../aws/alarm-store.ts';
import type { AlarmDefinition, CompositeAlarmDefinition } from './alarm-definition.ts';
import { evaluateMetricAlarm, type Metrics } from './metric-alarm.ts';

/** A change of an alarm's state. */
export interface StateChange {
  readonly alarm: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
  readonly atMs: number;
}

/** Alarms and their states. */
export interface AlarmEvaluator {
  /**
   * Evaluates every alarm, composite alarms after the others, and returns what changed, in that order. CloudWatch does so
   * once a minute. Throws if the time is before that of the last evaluation.
   */
  evaluate(nowMs: number): StateChange[];
  /**
   * Gives a metric alarm another state until its next evaluation, as SetAlarmState does, and evaluates the composite alarms.
   * Returns what changed, in that order.
   */
  setState(alarm: string, state: AlarmState, nowMs: number): StateChange[];
  /** The state of an alarm: INSUFFICIENT_DATA before its first evaluation. */
  stateOf(alarm: string): AlarmState;
}

/** Evaluates alarms over time. Has no clock: each evaluation is given the time. */
export function createAlarmEvaluator(
  definitions: readonly AlarmDefinition[],
  metrics: Metrics,
): AlarmEvaluator {
  const states = new Map<string, AlarmState>(definitions.map(({ name }) => [name, 'INSUFFICIENT_DATA']));
  if (states.size < definitions.length)
    throw new Error(`Two alarms have the same name: ${twiceIn(definitions)}.`);
  const ordered = inOrder(definitions);
  let lastMs = Number.NEGATIVE_INFINITY;

  function stateOf(alarm: string): AlarmState {
    const state = states.get(alarm);
    if (state === undefined)
      throw new Error(`No alarm "${alarm}" exists. Existing alarms: ${[...states.keys()].join(', ')}.`);
    return state;
  }

  function find(definition: AlarmDefinition, nowMs: number) {
    return definition.kind === 'metric'
      ? evaluateMetricAlarm(definition, metrics, nowMs)
      : evaluateCompositeAlarm(definition, stateOf);
  }

  function change(alarm: string, to: AlarmState, reason: string, atMs: number): StateChange[] {
    const from = stateOf(alarm);
    if (to === from) return [];
    states.set(alarm, to);
    return [{ alarm, from, to, reason, atMs }];
  }

  function evaluateAll(all: readonly AlarmDefinition[], nowMs: number): StateChange[] {
    return all.flatMap((definition) => {
      const { state, reason } = find(definition, nowMs);
      return state === 'unchanged' ? [] : change(definition.name, state, reason, nowMs);
    });
  }

  return {
    evaluate(nowMs) {
      if (nowMs < lastMs)
        throw new Error(`Alarms were last evaluated at ${lastMs} ms, which is after ${nowMs} ms.`);
      lastMs = nowMs;
      return evaluateAll(ordered, nowMs);
    },
    setState: (alarm, state, nowMs) => [
      ...change(alarm, state, 'set by hand', nowMs),
      ...evaluateAll(
        ordered.filter(({ kind }) => kind === 'composite'),
        nowMs,
      ),
    ],
    stateOf,
  };
}

function evaluateCompositeAlarm(
  { rule }: CompositeAlarmDefinition,
  stateOf: (alarm: string) => AlarmState,
): { readonly state: AlarmState; readonly reason: string } {
  const holds = rule.holds(stateOf);
  const children = [...rule.alarms].map((alarm) => `${alarm} is ${stateOf(alarm)}`);
  const why = children.length === 0 ? '' : `: ${children.join(', ')}`;
  return { state: holds ? 'ALARM' : 'OK', reason: `The rule is ${holds ? 'true' : 'false'}${why}` };
}

/** Metric alarms first, and each composite alarm after those that its rule refers to. */
function inOrder(definitions: readonly AlarmDefinition[]): AlarmDefinition[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const ordered = new Set(definitions.filter(({ kind }) => kind === 'metric'));

  function place(definition: AlarmDefinition, path: readonly string[]): void {
    if (ordered.has(definition) || definition.kind === 'metric') return;
    const { name, rule } = definition;
    if (path.includes(name))
      throw new Error(`Composite alarms refer to each other in a circle: ${[...path, name].join(', ')}.`);
    for (const alarm of rule.alarms) {
      const child = byName.get(alarm);
      if (child === undefined)
        throw new Error(`The rule of "${name}" refers to the alarm "${alarm}", which does not exist.`);
      place(child, [...path, name]);
    }
    ordered.add(definition);
  }

  for (const definition of definitions) place(definition, []);
  return [...ordered];
}

function twiceIn(definitions: readonly AlarmDefinition[]): string {
  const names = definitions.map(({ name }) => name);
  return names.filter((name, index) => names.indexOf(name) !== index).join(', ');
}
