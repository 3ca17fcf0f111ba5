import { readOperatorPolicy } from './operator-policy.ts';
import { PLACE } from './template-resolver.ts';

const { account, region, partition } = PLACE;

/** The documented policy of operators, for a deployment on moto. */
export function operatorPolicyOnMoto({
  table,
  functionName,
  keyArn,
}: {
  readonly table: string;
  readonly functionName: string;
  readonly keyArn: string;
}): object {
  const topicArn = (name: string) => `arn:${partition}:sns:${region}:${account}:${name}`;
  return readOperatorPolicy({
    PARTITION: 'aws',
    URL_SUFFIX: 'amazonaws.com',
    REGION: region,
    ACCOUNT: account,
    PREFIX: 'zoho',
    LOG_GROUP: 'ZohoTokenRefresher-RefresherLog',
    ALARM_PREFIX: 'ZohoTokenRefresher-',
    ALARM_TOPIC_ARN: topicArn('alarm'),
    PAGE_TOPIC_ARN: topicArn('page'),
    TICKET_TOPIC_ARN: topicArn('ticket'),
    TABLE: table,
    FUNCTION: functionName,
    CONSENT_API: 'none',
    KEY_ARN: keyArn,
    SCHEDULE: 'EveryMinute',
    QUEUE: 'Undelivered',
    OLD_PREFIX: 'earlier',
    OLD_TABLE: 'EarlierConnections',
    OLD_KEY_ARN: `arn:${partition}:kms:${region}:${account}:key/earlier`,
    RESTORED_TABLE: 'RestoredConnections',
  });
}
