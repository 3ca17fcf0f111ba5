import { type OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import { EVENT_SOURCE } from '../lambdas/core/connection/state-change.ts';
import type { MeasuredRefresher } from './measured-refresher.ts';

/** A rule for the events of one deployment of one type, narrowed by the pattern of the user. */
export function createEventRule(
  deployment: MeasuredRefresher,
  id: string,
  { detailType, target, eventPattern, ...ruleProps }: OnEventOptions & { readonly detailType: string },
): Rule {
  const rule = new Rule(deployment, id, ruleProps);
  rule.addEventPattern({
    source: [EVENT_SOURCE],
    detailType: [detailType],
    detail: { secret_prefix: [deployment.secretPrefix] },
  });
  if (eventPattern !== undefined) rule.addEventPattern(eventPattern);
  if (target !== undefined) rule.addTarget(target);
  return rule;
}
