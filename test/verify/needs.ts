/** What a check needs that a simulated AWS does not have. */
export const NEEDS = {
  functions: 'AWS Lambda and EventBridge Scheduler, which run the deployed function',
  alarms: 'CloudWatch, which evaluates alarms and publishes to topics',
  iam: 'IAM, which evaluates the deployed policies',
  zoho: 'a Zoho refresh token: --zoho',
} as const;
export type Need = keyof typeof NEEDS;
