/** Names of the metrics of the consent pages: in the namespace of all others, with the dimension `service` only. */
export const CONSENT_METRICS = {
  /** 1 per consent after which the connection is authorized. */
  ConsentAuthorized: { unit: 'Count' },
  /**
   * 1 per consent that failed although a person had given it: refused by Zoho or by AWS, not confirmed, superseded. Not for a
   * person who declines.
   */
  ConsentFailed: { unit: 'Count' },
} as const;

export type ConsentMetricName = keyof typeof CONSENT_METRICS;
