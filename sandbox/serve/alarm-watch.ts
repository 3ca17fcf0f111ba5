import type { AlarmDefinition } from '../alarms/alarm-definition.ts';
import { createAlarmEvaluator } from '../alarms/alarm-evaluator.ts';
import { OwnMetricsOfAws } from '../alarms/own-metrics-of-aws.ts';
import type { SandboxServer } from './sandbox-server.ts';

/** Evaluates the template's alarms over the sandbox's metrics, and sets the states that tools see. */
export interface AlarmWatch {
  /** Called after each invocation by the schedule. */
  onTick(result: { readonly failed: boolean }): void;
  /** Evaluates every alarm, as CloudWatch does once a minute. Returns a line for each change. */
  evaluate(): string[];
}

/** Starts to watch a server. */
export function watchAlarms(
  { aws, deployment }: SandboxServer,
  definitions: readonly AlarmDefinition[],
): AlarmWatch {
  const { metrics, alarms } = aws.cloudWatch;
  const ofAws = new OwnMetricsOfAws(definitions, metrics);
  const evaluator = createAlarmEvaluator(definitions, metrics);
  const kinds = new Map(definitions.map(({ name, kind }) => [name, kind]));
  for (const { name, description, kind } of definitions)
    if (alarms.find(name) === undefined) alarms.deploy({ name, description, kind });
  aws.cloudWatch.onSetAlarmState((alarm, state) => {
    const changes = evaluator.setState(alarm, state, deployment.clock.now());
    for (const change of changes.filter((each) => each.alarm !== alarm))
      alarms.setState(change.alarm, change.to, change.reason);
  });
  return {
    onTick: (result) => ofAws.measureInvocation(result, deployment.clock.now()),
    evaluate: () => {
      const changes = evaluator.evaluate(deployment.clock.now());
      for (const { alarm, to, reason } of changes) alarms.setState(alarm, to, reason);
      return changes
        .filter(({ from, to }) => from === 'ALARM' || to === 'ALARM')
        .map(({ alarm, to }) => `${kinds.get(alarm) === 'composite' ? 'topic' : 'alarm'} ${alarm}: ${to}`);
    },
  };
}
