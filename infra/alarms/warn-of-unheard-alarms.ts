import { Annotations, AspectPriority, Aspects, Stack } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';

/** To be acknowledged if someone listens in a way that the app does not show: `Annotations.of(zoho).acknowledgeWarning(...)`. */
export const NO_ONE_IS_NOTIFIED = 'zoho-token-refresher:noOneIsNotified';

/**
 * Warns at synth when the app subscribes no one to any of these topics. Looked at last, because a subscription may be added
 * anywhere in the app, and after the construct.
 */
export function warnOfUnheardAlarms(scope: IConstruct, topics: readonly ITopic[]): void {
  const visit = (node: IConstruct) => {
    if (node !== scope || isAnyHeard(scope, topics)) return;
    Annotations.of(scope).addWarningV2(
      NO_ONE_IS_NOTIFIED,
      'No one is notified when Zoho refuses a connection or the refresher stops. Set alarmEmails or pageEmails, or subscribe to pageTopic or alarmTopic.',
    );
  };
  Aspects.of(scope).add({ visit }, { priority: AspectPriority.READONLY });
}

/** Looks for subscriptions, and for chat configurations, which list topics without a subscription. */
function isAnyHeard(scope: IConstruct, topics: readonly ITopic[]): boolean {
  return scope.node.root.node.findAll().some((node) => {
    const { topicArn, snsTopicArns } = node as { topicArn?: unknown; snsTopicArns?: unknown };
    const named = 'endpoint' in node ? topicArn : snsTopicArns;
    if (named === undefined) return false;
    const resolve = (value: unknown) => JSON.stringify(Stack.of(node).resolve(value));
    return topics.some((topic) => resolve(named).includes(resolve(topic.topicArn)));
  });
}
