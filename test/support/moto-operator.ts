import { type OperatorPolicy, readFleetPolicy, readOperatorPolicy } from './operator-policy.ts';
import { PLACE } from './template-resolver.ts';

const { account, region, partition } = PLACE;

/** The documented policies of operators, for a deployment on moto with these tables: also that of a fleet, if it has one. */
export function operatorPoliciesOnMoto({
  tables,
  functionName,
  keyArn,
}: {
  /** Their names are their logical IDs. */
  readonly tables: readonly string[];
  readonly functionName: string;
  readonly keyArn: string;
}): OperatorPolicy[] {
  const tableOf = (beginning: string) => tables.find((name) => name.startsWith(beginning));
  const [tokens, credentials] = [tableOf('ZohoTokens'), tableOf('ZohoCredentials')];
  const everyone = policyOfEveryone({ table: tableOf('ZohoConnections') ?? 'none', functionName, keyArn });
  if (tokens === undefined || credentials === undefined) return [everyone];
  const names = { TOKENS_TABLE: tokens, CREDENTIALS_TABLE: credentials, KEY_ARN: keyArn };
  const earlier = { OLD_KEY_ARN, RETAINED_TABLE: 'EarlierCredentials' };
  return [everyone, readFleetPolicy({ ...DEPLOYMENT, ...names, ...earlier })];
}

const OLD_KEY_ARN = `arn:${partition}:kms:${region}:${account}:key/earlier`;
const DEPLOYMENT = { PARTITION: 'aws', REGION: region, ACCOUNT: account, PREFIX: 'zoho' };

function policyOfEveryone({
  table,
  functionName,
  keyArn,
}: {
  readonly table: string;
  readonly functionName: string;
  readonly keyArn: string;
}): OperatorPolicy {
  const topicArn = (name: string) => `arn:${partition}:sns:${region}:${account}:${name}`;
  return readOperatorPolicy({
    ...DEPLOYMENT,
    URL_SUFFIX: 'amazonaws.com',
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
    OLD_KEY_ARN,
    RESTORED_TABLE: 'RestoredConnections',
  });
}
