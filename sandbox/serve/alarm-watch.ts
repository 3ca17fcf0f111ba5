import type { AlarmDefinition } from '../alarms/alarm-definition.ts';
import { createAlarmEvaluator } from '../alarms/alarm-evaluator.ts';
import { OwnMetricsOfAws } from '../alarms/own-metrics-of-aws.ts';
import type { SandboxServer } from './sandbox-server.ts';

/** CloudWatch's part in the sandbox: the alarms of the template over what was measured, in the states that tools see. */
export interface AlarmWatch {
  /** An invocation by the schedule is over. */
  onTick(result: { readonly failed: boolean }): void;
  /** Evaluates every alarm, as CloudWatch does once a minute, and says in a line each what changed. */
  evaluate(): string[];
}

/** Watches over a server from now on. */
export function watchAlarms(
  { aws, deployment }: SandboxServer,
  definitions: readonly AlarmDefinition[],
): AlarmWatch {
  const { metrics, alarms } = aws.cloudWatch;
  const ofAws = new OwnMetricsOfAws(definitions, metrics);
  const evaluator = createAlarmEvaluator(definitions, metrics);
  const kinds = new Map(definitions.map(({ name, kind }) => [name, kind]));
  for (const { name, description, kind } of definitions) {
    if (alarms.find(name) === undefined) alarms.deploy({ name, description, kind });
  }
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
