import { createHash } from 'node:crypto';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { Location } from '../../sandbox/zoho/zoho-simulator.ts';

export const BASE_URL = 'https://connect.example';
/** Name of the refresher's function. */
export const REFRESHER = 'refresher';

/** A browser, by the value of its cookie. */
export function browserOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

/** The environment of ConsentApi, as the stack sets it. */
export function environmentOf({ aws }: Pick<LocalDeployment, 'aws'>): Record<string, string> {
  return {
    CONNECTIONS_TABLE: aws.tableName,
    CONSENTS_TABLE: aws.dynamoDb.consentsTableName,
    SECRET_PREFIX: 'zoho',
    KEY_ARN,
    REFRESHER_TARGET: `arn:aws:lambda:eu-west-1:000000000000:function:${REFRESHER}:operators`,
    BASE_URL,
    DISPLAY_NAME: 'Acme Support',
    RETURN_URLS: '["https://app.example/zoho/"]',
    INVITE_HOURS: '72',
    CONFIRM: 'mismatch',
    EVENTS: 'true',
    EVENT_EMAIL: 'false',
    STACK_TAGS: '{"team":"sales"}',
  };
}

/** Zoho's API hosts, for the question who consented. */
export function apiRoutes({ zoho }: Pick<LocalDeployment, 'zoho'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(zoho.apiHosts).map(([location, host]) => [host, zoho.origins[location as Location]]),
  );
}
