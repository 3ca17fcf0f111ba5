import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LOOKS_PER_SECOND } from '../../../lambdas/refresher/paces.ts';
import { readResults } from '../../capacity/files.ts';
import { chooseFleet, MINUTES_BETWEEN_RENEWALS, MOST_OF_A_CLIENT } from '../../capacity/page/choice.ts';

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

describe('the choice of shards and rate', () => {
  const simulated = readResults().cases.filter(({ store }) => store === 'dynamodb');

  test.each(simulated)(
    'for $connections connections is what was simulated, and so is the time to recover',
    (fleet) => {
      const choice = chooseFleet(fleet.connections);

      expect(choice).toMatchObject({
        fleetShards: fleet.shards,
        fleetRefreshesPerSecond: fleet.refreshesPerSecond,
      });
      expect(Math.abs(choice.recoveryMinutes - fleet.recovery.allAfterMinutes)).toBeLessThan(2);
    },
  );

  test('for 20,000 connections is one shard at the default rate', () => {
    expect(chooseFleet(20_000)).toMatchObject({ fleetShards: 1, fleetRefreshesPerSecond: 20 });
  });

  test('leaves a fifth of the rate for retries, for every size', () => {
    for (let connections = 1_000; connections <= 2_000_000; connections += 1_000) {
      const { steadyPerSecond, fleetRefreshesPerSecond } = chooseFleet(connections);
      expect(steadyPerSecond).toBeLessThanOrEqual(0.8 * fleetRefreshesPerSecond);
    }
  });
});

test('docs/platforms.md has the same minutes between renewals, and the same limit of a client', () => {
  const guide = read('platforms.md').replaceAll('\n', ' ');

  expect(guide).toContain(`A connection needs a refresh every ${MINUTES_BETWEEN_RENEWALS} minutes`);
  expect(guide).toContain(`keeps about ${MOST_OF_A_CLIENT} connections of a client supplied`);
});

test('the runbook ClientRefused has the rate of looks at refused connections, and what follows from it', () => {
  const runbook = read('runbooks/ClientRefused.md').replaceAll('\n', ' ').replaceAll(/ +/g, ' ');
  const minutes = (connections: number) => Math.round(connections / LOOKS_PER_SECOND / 60);

  expect(runbook).toContain(`it looks at ${LOOKS_PER_SECOND} connections a second, in each shard`);
  expect(runbook).toContain(`10,000 in one shard about ${minutes(10_000)}`);
  expect(runbook).toContain(`10,000 in 4 shards about ${minutes(10_000 / 4)}`);
  expect(minutes(3_000)).toBe(5);
});
