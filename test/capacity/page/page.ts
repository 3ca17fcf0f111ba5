import { PRICES_AS_OF } from '../../../cli/reports/aws-prices.ts';
import type { CapacityResult, CaseResult } from '../capacity.ts';
import { nameOfCase } from '../cases.ts';
import { costOfEach, sumOfCosts } from '../cost-items.ts';
import { renderCeilings } from './ceilings.ts';
import { chartsOf } from './charts.ts';
import { renderChoice } from './choice.ts';
import { count, dollars, dollarsEach, percent, secondsLeft, table } from './figures.ts';
import { renderMethod } from './method.ts';

/** docs/scale.md. */
export function renderPage(result: CapacityResult): string {
  return `${[
    '# Scale',
    INTRODUCTION,
    renderOverview(result),
    '## Choose the shards and the rate',
    renderChoice(),
    '## Cost',
    pictureOf(result, 'scale-cost'),
    renderCosts(result),
    '## Capacity',
    pictureOf(result, 'scale-capacity'),
    renderCapacity(result),
    '## Recovery',
    pictureOf(result, 'scale-recovery'),
    renderRecovery(result),
    '## Ordinary days, and a data center that hangs',
    renderFaults(result),
    '## Limits of AWS',
    renderQuotas(result),
    '## Ceilings, and what to do beyond them',
    renderCeilings(result),
    '## How this is measured',
    renderMethod(result),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `What fleets of 1 to 1,000,000 connections cost, how fast they are refreshed, and how they recover. \`npm run capacity -- --write\` writes this page.
Time, AWS and Zoho are simulated: nothing here was measured on AWS. [How this is measured](#how-this-is-measured) says which figures come from the
real handler and which from a model of it.`;

function renderOverview({ cases }: CapacityResult): string {
  const rows = cases.map((fleet) => [
    nameOfCase(fleet),
    scheduleOf(fleet),
    dollarsEach(costOfEach(fleet)),
    dollars(sumOfCosts(fleet.costs)),
    secondsLeft(fleet.day.leastLeftMs),
    `${fleet.recovery.mostAfterMinutes} min`,
  ]);
  const head = ['fleet', 'schedule', 'each a month', 'all a month', 'time left', '99 % are back'];
  return `${table(head, rows)}

*Time left* is the least that a token had before it was replaced, in a day in which 1 % of the requests fail and 5 % of the connections are blocked.
*99 % are back* is how long after an hour without Zoho 99 of 100 connections have a valid token again.

- **Up to some hundred connections** Secrets Manager costs little, and every tool can read it.
- **From about 250 connections** the second store saves $200 a month and more, because it has no price for each secret.
- **Above 60,000 connections** it is needed: Secrets Manager allows 50 writes a second.`;
}

function scheduleOf({ refreshesPerSecond, shards }: CaseResult): string {
  return shards === undefined
    ? `${refreshesPerSecond}/s`
    : `${shards} ${shards === 1 ? 'shard' : 'shards'} at ${refreshesPerSecond}/s`;
}

function renderCosts({ cases }: CapacityResult): string {
  const items = cases[0]?.costs.map(({ item }) => item) ?? [];
  const rows = cases.map((fleet) => [
    nameOfCase(fleet),
    ...items.map((item) => dollars(fleet.costs.find((cost) => cost.item === item)?.dollars ?? 0)),
    `**${dollars(sumOfCosts(fleet.costs))}**`,
  ]);
  return `Dollars of a month of 730 hours at list prices of us-east-1 as of ${PRICES_AS_OF} (\`cli/reports/aws-prices.ts\`), without a free tier. *Computed* from the use
in a day. One process for each connection reads every token once.

${table(['fleet', ...items, 'sum'], rows)}

A deployment with one declared connection is itemized in [costs.md](costs.md). Its price of a connection in DynamoDB is lower: that is what one more
connection adds that always works. Here each connection also pays its share of the deployment and of the shards, and of what the days have that
does not work: the blocked connections are looked at every five minutes, and each look decrypts credentials.`;
}

function renderCapacity({ stores, cases }: CapacityResult): string {
  const steady = stores.map(
    ({ store, steady: { connections, refreshesPerSecond, share, leastShare, minutes } }) => [
      store === 'dynamodb' ? 'DynamoDB, one shard' : 'Secrets Manager',
      count(connections),
      `${refreshesPerSecond}/s`,
      percent(share),
      percent(leastShare),
      String(minutes),
    ],
  );
  const days = cases.map((fleet) => [
    nameOfCase(fleet),
    count(fleet.day.refreshes),
    `${fleet.day.perSecond.toPrecision(3)} of ${fleet.refreshesPerSecond}`,
    count(fleet.day.busiestMinute),
    `${(fleet.day.longestTickMs / 1000).toFixed(1)} s`,
    count(fleet.day.gbSeconds),
  ]);
  return `The rate is a setting: \`maxRefreshesPerSecond\`, and \`fleetRefreshesPerSecond\` for each shard of the second store. The real handler reaches
this part of it while more tokens are due than it can renew (*measured*):

${table(['store', 'connections', 'rate', 'of the rate', 'slowest minute', 'minutes'], steady)}

A day of each fleet. Rates and the busiest minute are those of one shard:

${table(['fleet', 'refreshes', 'per second', 'busiest minute', 'longest tick', 'GB-seconds'], days)}`;
}

function renderRecovery({ stores, cases }: CapacityResult): string {
  const rows = [
    ...stores.map((store) => [`${nameOfCase(store)}, real handler`, ...recoveryCells(store)]),
    ...cases.map((fleet) => [nameOfCase(fleet), ...recoveryCells(fleet)]),
  ];
  const head = ['fleet', 'without a token at the end', '99 % are back after', 'all after', 'of the rate'];
  return `For an hour, every request to Zoho is answered with HTTP 503. Then Zoho answers again. Each tick renews what it can, valid tokens first. The rate
counts whole minutes in which work is left.

${table(head, rows)}

The last few connections come later: 1 % of their requests fail, and a retry waits for up to 100 s.`;
}

function recoveryCells({
  recovery,
  shards = 1,
}: Pick<CaseResult, 'recovery'> & { readonly shards?: number }): string[] {
  const { without, mostAfterMinutes, allAfterMinutes, share, minutes } = recovery;
  return [
    count((without[0] ?? 0) * shards),
    `${mostAfterMinutes} min`,
    `${allAfterMinutes} min`,
    minutes < 2 ? 'no whole minute' : percent(share),
  ];
}

function renderFaults({ stores, cases }: CapacityResult): string {
  const rows = [
    ...stores.map(({ store, hang }) => [
      `3,000 in ${store === 'dynamodb' ? 'DynamoDB' : 'Secrets Manager'}, real handler`,
      '-',
      '-',
      secondsLeft(hang.leastLeftMs),
      count(hang.late),
    ]),
    ...cases.map(({ day, hang, ...fleet }) => [
      nameOfCase(fleet),
      secondsLeft(day.leastLeftMs),
      secondsLeft(day.leastLeftAfterOwnFailureMs),
      hang === undefined ? '-' : secondsLeft(hang.leastLeftMs),
      hang === undefined ? '-' : count(hang.late + day.late),
    ]),
  ];
  const head = ['fleet', 'a day', 'own attempt failed', 'elsewhere, during a hang', 'late'];
  return `The least time that a token had left when the next one was published. The contract is 300 s (\`refreshMarginSeconds\`), and 150 s for a connection
whose own attempt failed. During the hang, half of the fleet is in a data center that accepts every call and answers none for an hour; the
figure is that of the other half. *Late* counts tokens that were published later than the contract says.

${table(head, rows)}`;
}

function renderQuotas({ cases }: CapacityResult): string {
  const largest = cases.filter(
    (fleet) => !cases.some((other) => other.store === fleet.store && other.connections > fleet.connections),
  );
  const rows = largest.flatMap((fleet) =>
    fleet.day.quotas.map(({ name, busiest, limit }) => [
      nameOfCase(fleet),
      name,
      count(busiest),
      count(limit),
      percent(busiest / limit),
    ]),
  );
  return `The busiest second of a day (of all shards, as if they were busy at the same moment), and what AWS allows in a second:

${table(['fleet', 'limit', 'busiest second', 'allowed', 'used'], rows)}

Sources: [Secrets Manager](https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html),
[DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html),
[KMS](https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html). What KMS allows differs by region and can be raised.`;
}

function pictureOf(result: CapacityResult, name: string): string {
  const chart = chartsOf(result).find((each) => each.name === name);
  const alternative = `${chart?.title}. ${chart?.description}`.replaceAll('"', '&quot;');
  return `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="images/${name}-dark.svg">
  <img alt="${alternative}" src="images/${name}-light.svg">
</picture>`;
}
