/** When the prices were last compared with AWS's pages, or with dated articles that quote them. */
export const PRICES_AS_OF = 'June 2026';

/** What AWS charges for one kind of use in us-east-1, without savings plans, taxes and data transfer. */
export interface Price {
  /** What is counted, with the number that {@link Price.tiers} are dollars for. */
  readonly unit: string;
  /** So many units cost the dollars of a tier. */
  readonly per: number;
  /** Dollars for `per` units, up to so many units a month; the first tier begins at 0. */
  readonly tiers: readonly { readonly upTo: number; readonly dollars: number }[];
  /** Units a month that are free in every account, for good. Trials and credits of new accounts are left out. */
  readonly free: number;
  /** AWS's page. */
  readonly source: string;
}

const MILLION = 1_000_000;
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const DYNAMODB = 'https://aws.amazon.com/dynamodb/pricing/on-demand/';
const EVENT_BRIDGE = 'https://aws.amazon.com/eventbridge/pricing/';
const KMS = 'https://aws.amazon.com/kms/pricing/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const SECRETS_MANAGER = 'https://aws.amazon.com/secrets-manager/pricing/';
const SNS = 'https://aws.amazon.com/sns/pricing/';

/** One price without tiers. */
const flat = (dollars: number, per: number, unit: string, free: number, source: string): Price => ({
  ...{ unit, per, free, source },
  tiers: [{ upTo: Number.POSITIVE_INFINITY, dollars }],
});

/**
 * Every price that this project quotes or computes with. What exists for a part of a month is charged for that part: metrics by the
 * hour in which they get a datapoint.
 */
export const PRICES = {
  secret: flat(0.4, 1, 'secret', 0, SECRETS_MANAGER),
  /** Every call of the API, reads and writes. */
  secretCall: flat(0.05, 10_000, 'calls', 0, SECRETS_MANAGER),
  /** A key of the account's own. The first and the second rotation add as much again, later ones nothing. */
  key: flat(1, 1, 'key', 0, KMS),
  keyCall: flat(0.03, 10_000, 'requests', 20_000, KMS),
  /** On demand, 1 KB. Every index that a write changes takes units of its own. */
  tableWrite: flat(0.625, MILLION, 'write request units', 0, DYNAMODB),
  /** On demand, 4 KB consistently or 8 KB eventually. */
  tableRead: flat(0.125, MILLION, 'read request units', 0, DYNAMODB),
  tableStorage: flat(0.25, 1, 'GB', 25, DYNAMODB),
  /** Point-in-time recovery, by the size of the table. */
  tableRecovery: flat(0.2, 1, 'GB', 0, DYNAMODB),
  invocation: flat(0.2, MILLION, 'requests', MILLION, LAMBDA),
  /** On arm64. */
  computeSecond: {
    unit: 'GB-s',
    per: 1,
    tiers: [
      { upTo: 7_500_000_000, dollars: 0.0000133334 },
      { upTo: 18_750_000_000, dollars: 0.0000120001 },
      { upTo: Number.POSITIVE_INFINITY, dollars: 0.0000106667 },
    ],
    free: 400_000,
    source: LAMBDA,
  },
  /** EventBridge Scheduler. */
  scheduledInvocation: flat(1, MILLION, 'invocations', 14 * MILLION, EVENT_BRIDGE),
  /** Put on a bus by `PutEvents`, each 64 KB. */
  customEvent: flat(1, MILLION, 'events', 0, EVENT_BRIDGE),
  /** A name with one set of dimensions. */
  customMetric: {
    unit: 'metric',
    per: 1,
    tiers: [
      { upTo: 10_000, dollars: 0.3 },
      { upTo: 250_000, dollars: 0.1 },
      { upTo: MILLION, dollars: 0.05 },
      { upTo: Number.POSITIVE_INFINITY, dollars: 0.02 },
    ],
    free: 10,
    source: CLOUDWATCH,
  },
  /** Each metric that an alarm of standard resolution watches: three in an alarm over three metrics. */
  alarmMetric: flat(0.1, 1, 'metric', 10, CLOUDWATCH),
  compositeAlarm: flat(0.5, 1, 'alarm', 0, CLOUDWATCH),
  dashboard: flat(3, 1, 'dashboard', 3, CLOUDWATCH),
  /** A rule of Contributor Insights; matched events are counted apart. */
  contributorRule: flat(0.5, 1, 'rule', 1, CLOUDWATCH),
  contributorEvent: flat(0.02, MILLION, 'matched log events', MILLION, CLOUDWATCH),
  /** The free tier is shared with storage and queries. */
  logIngestion: flat(0.5, 1, 'GB', 5, CLOUDWATCH),
  /** Of the compressed log. */
  logStorage: flat(0.03, 1, 'GB', 0, CLOUDWATCH),
  /** `GetMetricData`, by metrics requested; it has no free tier. */
  metricRead: flat(0.01, 1000, 'metrics requested', 0, CLOUDWATCH),
  /** X-Ray, a trace of one invocation. Active tracing records the first invocation of each second. */
  trace: flat(5, MILLION, 'traces', 100_000, 'https://aws.amazon.com/xray/pricing/'),
  /** To a standard topic. */
  publish: flat(0.5, MILLION, 'requests', MILLION, SNS),
  mail: flat(2, 100_000, 'mails', 1000, SNS),
  httpsDelivery: flat(0.6, MILLION, 'notifications', 100_000, SNS),
  /** API Gateway, HTTP API, each 512 KB. */
  httpRequest: {
    unit: 'requests',
    per: MILLION,
    tiers: [
      { upTo: 300 * MILLION, dollars: 1 },
      { upTo: Number.POSITIVE_INFINITY, dollars: 0.9 },
    ],
    free: 0,
    source: 'https://aws.amazon.com/api-gateway/pricing/',
  },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

/**
 * Dollars for so many units in a month, over all tiers.
 *
 * @param freeTier whether the account's free units are still unused. Default: false, the list price
 *
 * @example
 * dollarsFor('secret', 2); // 0.8
 * dollarsFor('customMetric', 10_001); // 3000.1
 */
export function dollarsFor(name: PriceName, units: number, { freeTier = false } = {}): number {
  const { per, tiers, free }: Price = PRICES[name];
  const paid = freeTier ? Math.max(0, units - free) : units;
  let from = 0;
  let dollars = 0;
  for (const tier of tiers) {
    dollars += (Math.max(0, Math.min(paid, tier.upTo) - from) / per) * tier.dollars;
    from = tier.upTo;
  }
  return dollars;
}
