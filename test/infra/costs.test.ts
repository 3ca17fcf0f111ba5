import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dollarsFor, PRICES } from '../../cli/reports/aws-prices.ts';
import { METRICS } from '../../lambdas/core/metrics.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { billOf, renderCosts } from '../support/costs.ts';
import { connectSealed, fleetKnobs, tickShard } from '../support/fleet-deployment.ts';
import {
  CALLS,
  METRICS_OF_A_HEALTHY_HOUR,
  monthlyUse,
  ROUTINE_METRICS_OF_AN_HOUR,
} from '../support/monthly-use.ts';
import { MINUTE_MS, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';

const readDocument = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/costs.md', () => {
  test('is what `npm run docs` writes', () => {
    const text = readDocument('docs/costs.md');

    expect(text).toBe(renderCosts(text));
  });

  test('without the markers of the tables is refused', () => {
    expect(() => renderCosts('# Costs')).toThrow('docs/costs.md needs the lines <!-- costs');
  });
});

describe('what other documents say', () => {
  const bill = billOf(monthlyUse());
  const declared = `$${(billOf(monthlyUse({ declared: 2 })) - bill).toFixed(2)}`;
  const atRunTime = `$${(billOf(monthlyUse({ atRunTime: 1 })) - bill).toFixed(2)}`;
  const fleet = { connectedStore: 'dynamodb' } as const;
  const sealed = (100 * (billOf(monthlyUse({ ...fleet, sealed: 1 })) - billOf(monthlyUse(fleet)))).toFixed(1);
  const metric = `$${dollarsFor('customMetric', 1).toFixed(2)}`;

  test.each([
    ['README.md', `less than $${Math.ceil(bill)} a month`],
    ['README.md', `about $${Math.round(billOf(monthlyUse(), { freeTier: true }))} with AWS's free tier`],
    ['README.md', `(${sealed} cents in DynamoDB)`],
    ['README.md', `${declared} for each further declared connection, ${atRunTime} for one that is added`],
    [
      'docs/faq.md',
      `Less than $${Math.ceil(bill)} a month for the first connection and ${atRunTime} to ${declared}`,
    ],
    [
      'docs/comparison.md',
      `less than $${Math.ceil(bill)} a month for one connection, ${atRunTime} to ${declared}`,
    ],
    ['docs/configuration.md', `costs $${dollarsFor('dashboard', 1).toFixed(2)} a month`],
    ['docs/configuration.md', `Each costs ${metric} a month`],
    ['docs/design.md', `${metric} a month`],
  ])('%s: %s', (path, text) => {
    expect(readDocument(path).replace(/\s+/g, ' ')).toContain(text);
  });
});

describe('a month of a default deployment with one connection', () => {
  const use = monthlyUse();

  test('costs at most $6 at list prices, and less with the free tier', () => {
    expect(billOf(use)).toBeLessThanOrEqual(6);
    expect(billOf(use, { freeTier: true })).toBeLessThanOrEqual(3.5);
  });

  test('has neither a dashboard nor a metric that no alarm watches', () => {
    expect(use).toMatchObject({ dashboard: 0, customMetric: 4 });
    expect(monthlyUse({ dashboard: true })).toMatchObject({ dashboard: 1, customMetric: 7 });
  });

  test('grows by at most 2 cents for each connection in the second store', () => {
    const fleet = monthlyUse({ connectedStore: 'dynamodb', sealed: 10_000 });

    const each = (billOf(fleet) - billOf(use)) / 10_000;
    expect(each).toBeGreaterThan(0.01);
    expect(each).toBeLessThanOrEqual(0.02);
  });

  test('is refused if it uses something that the table would not show', () => {
    expect(() => billOf({ ...use, mail: 1 })).toThrow('docs/costs.md has no name for mail,1.');
    expect(Object.keys(use).sort()).toEqual(Object.keys(PRICES).sort());
  });
});

/** So many sets of dimensions get a datapoint, by metric. Consumers emit `Unauthorized`. */
function emittedBy({ metrics }: LocalDeployment): Record<string, number> {
  const sets = Object.keys(METRICS).map((name) => [
    name,
    Number(metrics.ofFleet(name).length > 0) + Number(metrics.ofConnection(name, 'crm-prod').length > 0),
  ]);
  return Object.fromEntries(sets.filter(([, count]) => count !== 0));
}

/** The same of a list. */
function setsOf(...lists: (typeof METRICS_OF_A_HEALTHY_HOUR)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of lists.flatMap(({ fleet, connection }) => [...fleet, ...connection]))
    if (name !== 'Unauthorized') counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe('an hour of the sandbox', () => {
  test('has the calls, the custom metrics and the log lines that the costs are computed with', async () => {
    const { deployment } = await startAuthorizedDeployment();
    try {
      await deployment.runMinutes(5);
      const before = callsOf(deployment);
      const lines = deployment.metrics.lines.length;

      await deployment.runMinutes(60);

      const ticks = 60;
      expect(callsSince(before, deployment)).toEqual({
        Query: ticks * CALLS.tick.queries + (ticks / 5) * CALLS.reconciliation.queries,
        GetItem: (ticks / 5) * CALLS.reconciliation.gets,
        PutItem: 0,
        UpdateItem: CALLS.refresh.updates,
        ofKey: 0,
        ofSecrets: CALLS.refresh.secretCalls,
      });
      expect(emittedBy(deployment)).toEqual(setsOf(METRICS_OF_A_HEALTHY_HOUR));
      const written = deployment.metrics.lines.slice(lines);
      expect(written).toHaveLength(ticks);
      for (const line of written) expect(line.length).toBeLessThan(300);
    } finally {
      await deployment.close();
    }
  });

  test('of a fleet has the calls that a connection in the second store is computed with', async () => {
    const deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    try {
      await connectSealed(deployment, 'tenant-42');
      await tickMinutes(deployment, 5);
      const before = callsOf(deployment);

      await tickMinutes(deployment, 5);

      const { Query: queries, ...others } = callsSince(before, deployment);
      expect(queries).toBe(5 * CALLS.shards.queries + CALLS.reconciliation.queries);
      expect(Object.values(others).every((count) => count === 0)).toBe(true);
      deployment.clock.advance(45 * MINUTE_MS);
      await tickShard(deployment);
      expect(callsSince(before, deployment)).toMatchObject({
        GetItem: CALLS.sealedRefresh.gets,
        PutItem: CALLS.sealedRefresh.puts,
        UpdateItem: CALLS.sealedRefresh.updates,
        ofKey: CALLS.sealedRefresh.keyCalls,
        ofSecrets: 0,
      });
    } finally {
      await deployment.close();
    }
  });

  test('with routineMetrics has the metrics that are charged then', async () => {
    const { deployment } = await startAuthorizedDeployment({ routineMetrics: true });
    try {
      await deployment.runMinutes(70, { every: 5 });

      expect(emittedBy(deployment)).toEqual(setsOf(METRICS_OF_A_HEALTHY_HOUR, ROUTINE_METRICS_OF_AN_HOUR));
    } finally {
      await deployment.close();
    }
  });
});

/** Calls of DynamoDB by operation, and all calls of KMS and Secrets Manager, so far. */
function callsOf({ aws }: LocalDeployment): Record<string, number> {
  const counts: Record<string, number> = {
    ofKey: aws.kms.calls.length,
    ofSecrets: aws.secretsManager.calls.length,
  };
  for (const { operation } of aws.dynamoDb.calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

function callsSince(before: Record<string, number>, deployment: LocalDeployment): Record<string, number> {
  const calls = Object.entries(callsOf(deployment)).map(([call, count]) => [
    call,
    count - (before[call] ?? 0),
  ]);
  return Object.fromEntries(calls);
}

/** Ticks of the only shard of a fleet, a minute apart. */
async function tickMinutes(deployment: LocalDeployment, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await tickShard(deployment);
    deployment.clock.advance(MINUTE_MS);
  }
}
