import {
  dollarsFor,
  PRICES,
  PRICES_AS_OF,
  type Price,
  type PriceName,
} from '../../cli/reports/aws-prices.ts';
import { type MonthlyUse, monthlyUse } from './monthly-use.ts';

const START = '<!-- costs: written by `npm run docs` -->';
const END = '<!-- end of costs -->';

/** What an item is called, in the order of the table. Prices without a name here are not those of a deployment by default. */
const ITEMS: Partial<Readonly<Record<PriceName, string>>> = {
  alarmMetric: 'metrics that alarms watch',
  compositeAlarm: 'composite alarm',
  customMetric: 'custom metrics',
  dashboard: 'dashboard',
  logIngestion: 'logs, GB',
  key: 'KMS key',
  keyCall: 'KMS requests',
  secret: 'secrets',
  secretCall: 'calls of Secrets Manager',
  trace: 'traces of X-Ray',
  scheduledInvocation: 'invocations by Scheduler',
  invocation: 'invocations of Lambda',
  computeSecond: 'GB-seconds of Lambda',
  tableWrite: 'write units of DynamoDB',
  tableRead: 'read units of DynamoDB',
};
const NAMES = Object.keys(ITEMS) as PriceName[];

/** What a month costs in dollars. Throws if something is used that the table does not show. */
export function billOf(use: MonthlyUse, options: { readonly freeTier?: boolean } = {}): number {
  const used = Object.entries(use).filter(([, count]) => count > 0) as [PriceName, number][];
  const unnamed = used.filter(([name]) => ITEMS[name] === undefined);
  if (unnamed.length > 0) throw new Error(`docs/costs.md has no name for ${unnamed.join(', ')}.`);
  return used.reduce((sum, [name, count]) => sum + dollarsFor(name, count, options), 0);
}

/** docs/costs.md with up-to-date tables between its two markers. */
export function renderCosts(text: string): string {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`docs/costs.md needs the lines ${START} and ${END}.`);
  const use = monthlyUse();
  const tables = [
    ...renderItems(use),
    '',
    `Prices of us-east-1 as of ${PRICES_AS_OF}: ${renderSources(use)}.`,
    '',
    'What additions cost, at list prices:',
    '',
    ...renderAdditions(use),
  ];
  return `${text.slice(0, start)}${START}\n\n${tables.join('\n')}\n\n${text.slice(end)}`;
}

function renderItems(use: MonthlyUse): string[] {
  const rows = NAMES.filter((name) => use[name] > 0).map((name) => {
    const listed = dollarsFor(name, use[name]);
    const paid = dollarsFor(name, use[name], { freeTier: true });
    return `| ${ITEMS[name]} | ${units(use[name])} | ${priceOf(PRICES[name])} | ${dollars(listed)} | ${dollars(paid)} |`;
  });
  return [
    '| item | number | price | at list prices | with the free tier |',
    '|---|---|---|---|---|',
    ...rows,
    `| **sum** | | | **${dollars(billOf(use))}** | **${dollars(billOf(use, { freeTier: true }))}** |`,
  ];
}

/** A link to each page with a price in the table. */
function renderSources(use: MonthlyUse): string {
  const pages = new Set(NAMES.filter((name) => use[name] > 0).map((name) => PRICES[name].source));
  const nameOf = (page: string) => new URL(page).pathname.split('/')[1];
  return [...pages].map((page) => `[${nameOf(page)}](${page})`).join(', ');
}

function renderAdditions(use: MonthlyUse): string[] {
  const consent = { displayName: 'Acme CRM' };
  const connectedStore = 'dynamodb';
  const fleet = monthlyUse({ connectedStore });
  const additions: [string, MonthlyUse, MonthlyUse?][] = [
    ['each further declared connection', monthlyUse({ declared: 2 })],
    ['each connection that is added at run time', monthlyUse({ atRunTime: 1 })],
    ['the setting `connectedStore: dynamodb`, with one shard', fleet],
    ['each further shard', monthlyUse({ connectedStore, fleetShards: 2 }), fleet],
    ['each connection in DynamoDB', monthlyUse({ connectedStore, sealed: 1 }), fleet],
    ['the setting `consent`', monthlyUse({ consent })],
    ['the setting `dashboard`', monthlyUse({ dashboard: true })],
    ['the setting `routineMetrics`', monthlyUse({ routineMetrics: true })],
    ['each of the first two yearly rotations of the key', { ...use, key: use.key + 1 }],
  ];
  return [
    '| addition | items | a month |',
    '|---|---|---|',
    ...additions.map(([what, more, before = use]) => {
      const cost = billOf(more) - billOf(before);
      return `| ${what} | ${itemsAdded(before, more)} | **${cost < 0.1 ? `$${cost.toFixed(3)}` : dollars(cost)}** |`;
    }),
  ];
}

/** What is added, by item. What costs less than ten cents is summed up. */
function itemsAdded(before: MonthlyUse, after: MonthlyUse): string {
  const added = NAMES.map((name) => ({
    count: after[name] - before[name],
    item: ITEMS[name],
    cost: dollarsFor(name, after[name]) - dollarsFor(name, before[name]),
  })).filter(({ cost }) => cost > 0);
  const large = added.filter(({ cost }) => cost >= 0.1);
  const rest = added.filter(({ cost }) => cost < 0.1).reduce((sum, { cost }) => sum + cost, 0);
  return [
    ...large.map(({ count, item, cost }) => `${units(count)} × ${item} (${dollars(cost)})`),
    ...(rest === 0 ? [] : [`small items (${dollars(rest)})`]),
  ].join(', ');
}

function priceOf({ tiers: [first], per }: Price): string {
  const amount = first?.dollars ?? 0;
  const price = amount === Number(amount.toFixed(2)) ? dollars(amount) : `$${amount}`;
  if (per === 1) return price;
  return `${price} for ${per === 1_000_000 ? 'a million' : per.toLocaleString('en-US')}`;
}

function units(count: number): string {
  if (count < 1) return count.toPrecision(1);
  return (count < 1000 ? Math.round(count) : Number(count.toPrecision(2))).toLocaleString('en-US');
}

function dollars(value: number): string {
  return `$${value.toFixed(2)}`;
}
