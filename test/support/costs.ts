import { Template } from 'aws-cdk-lib/assertions';
import { createStack } from '../infra/synthesize.ts';

const START = '<!-- costs: written by `npm run docs` -->';
const END = '<!-- end of costs -->';

/**
 * What a healthy deployment with one declared connection emits, by metric, with the number of sets of dimensions: CloudWatch charges for
 * each. A test compares it with an hour of the sandbox.
 */
export const METRICS_OF_A_HEALTHY_HOUR: Readonly<Record<string, number>> = {
  Heartbeat: 1,
  SoonestExpirySeconds: 1,
  FleetExpirySeconds: 1,
  RefreshSucceeded: 2,
  Unauthorized: 2,
};

/** List prices of us-east-1 in dollars a month or as named. The sources are in docs/costs.md. */
const PRICES = { secret: 0.4, key: 1, metric: 0.3, alarmMetric: 0.1, compositeAlarm: 0.5, dashboard: 3 };

interface Item {
  readonly name: string;
  readonly count: number;
  readonly price: number;
  /** How many of them the free tier covers in an account that uses it for nothing else. */
  readonly free: number;
}

/** The metrics of a month with consents: CloudWatch charges for those that were emitted. */
const METRICS_OF_CONSENTS = 2;

/** What is paid for as long as it exists, for a default deployment with one declared connection. */
export function standingCosts({ hasConsent = false } = {}): readonly Item[] {
  const template = Template.fromStack(
    createStack({
      connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
      ...(hasConsent && { consent: { displayName: 'Acme CRM' } }),
    }),
  );
  const all = (type: string) => Object.values(template.findResources(type));
  const alarmMetrics = all('AWS::CloudWatch::Alarm').map(
    ({ Properties: { Metrics = [{ MetricStat: {} }] } }) =>
      (Metrics as { MetricStat?: object }[]).filter(({ MetricStat }) => MetricStat !== undefined).length,
  );
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  // The stack creates the token secret, `zoho-tokens authorize` the credentials secret.
  const secrets = all('AWS::SecretsManager::Secret').length + 1;
  return [
    { name: 'dashboard', count: all('AWS::CloudWatch::Dashboard').length, price: PRICES.dashboard, free: 3 },
    {
      name: 'custom metrics',
      count: sum(Object.values(METRICS_OF_A_HEALTHY_HOUR)) + (hasConsent ? METRICS_OF_CONSENTS : 0),
      price: PRICES.metric,
      free: 10,
    },
    { name: 'metrics that alarms watch', count: sum(alarmMetrics), price: PRICES.alarmMetric, free: 10 },
    {
      name: 'composite alarm',
      count: all('AWS::CloudWatch::CompositeAlarm').length,
      price: PRICES.compositeAlarm,
      free: 0,
    },
    { name: 'KMS key', count: all('AWS::KMS::Key').length, price: PRICES.key, free: 0 },
    { name: 'secrets', count: secrets, price: PRICES.secret, free: 0 },
  ];
}

/** docs/costs.md with an up-to-date table between its two markers. */
export function renderCosts(text: string): string {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`docs/costs.md needs the lines ${START} and ${END}.`);
  const items = standingCosts();
  const dollars = (value: number) => `$${value.toFixed(2)}`;
  const paid = ({ count, free }: Item) => Math.max(0, count - free);
  const total = (of: (item: Item) => number) =>
    dollars(items.reduce((sum, item) => sum + of(item) * item.price, 0));
  const rows = items.map(
    (item) =>
      `| ${item.name} | ${item.count} | ${dollars(item.price)} | ${dollars(item.count * item.price)} | ${dollars(paid(item) * item.price)} |`,
  );
  const table = [
    '| item | number | each | a month | with the free tier |',
    '|---|---|---|---|---|',
    ...rows,
    `| **sum** | | | **${total(({ count }) => count)}** | **${total(paid)}** |`,
    '',
    describeConsent(items, dollars),
  ];
  return `${text.slice(0, start)}${START}\n\n${table.join('\n')}\n\n${text.slice(end)}`;
}

/** What the setting `consent` adds to what is paid for as long as it exists. */
function describeConsent(without: readonly Item[], dollars: (value: number) => string): string {
  const added = standingCosts({ hasConsent: true }).flatMap(({ name, count, price }, index) => {
    const more = count - (without[index]?.count ?? 0);
    return more === 0 ? [] : [{ name, more, cost: more * price }];
  });
  const sum = added.reduce((total, { cost }) => total + cost, 0);
  const list = added.map(({ name, more, cost }) => `${more} ${name} (${dollars(cost)})`).join(', ');
  return `The setting \`consent\` adds ${list}: **${dollars(sum)}** a month without the free tier.`;
}
