import { FLEET_SHARDS, type FleetShards } from '../../../lambdas/core/connection/partition.ts';
import { FLEET_REFRESHES_PER_SECOND } from '../../../lambdas/refresher/fleet-config.ts';
import { count, percent, table } from './figures.ts';

/** A token of an hour is renewed after so many minutes, unless something fails. */
export const MINUTES_BETWEEN_RENEWALS = 53;

/** Connections in one list whose renewals are spread after an outage: the plan is read in 3 s at most. */
export const MOST_IN_A_LIST = 25_000;

/** A list is worked off so fast after an outage that all are back in 21 minutes. */
const SECONDS_TO_RECOVER = 1_250;

/** Rates are chosen in steps. */
const STEP = 5;

/** Connections of one client that are supplied, if Zoho counts tokens per client. docs/platforms.md explains it. */
export const MOST_OF_A_CLIENT = 45;

const SIZES = [1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

/** What to set for a fleet in DynamoDB, and what follows. */
export interface Choice {
  readonly fleetShards: FleetShards;
  readonly fleetRefreshesPerSecond: number;
  /** Of each shard, when nothing fails. */
  readonly steadyPerSecond: number;
  readonly inAList: number;
  /** Until all connections have a token again, after an hour without Zoho. */
  readonly recoveryMinutes: number;
}

/** The fewest shards whose lists are spread after an outage, and a rate at which all connections are back in 21 minutes. */
export function chooseFleet(connections: number): Choice {
  const enough = FLEET_SHARDS.find((shards) => connections / shards <= MOST_IN_A_LIST);
  const fleetShards = enough ?? (FLEET_SHARDS.at(-1) as FleetShards);
  const inAList = connections / fleetShards;
  const { default: least, max: most } = FLEET_REFRESHES_PER_SECOND;
  const needed = STEP * Math.ceil(inAList / SECONDS_TO_RECOVER / STEP);
  const fleetRefreshesPerSecond = Math.min(most, Math.max(least, needed));
  return {
    fleetShards,
    fleetRefreshesPerSecond,
    inAList,
    steadyPerSecond: inAList / (MINUTES_BETWEEN_RENEWALS * 60),
    recoveryMinutes: inAList / fleetRefreshesPerSecond / 60,
  };
}

/** How to choose the settings of a fleet from the number of its connections. */
export function renderChoice(): string {
  const rows = SIZES.map((connections) => {
    const choice = chooseFleet(connections);
    return [
      count(connections),
      `${choice.fleetShards}`,
      `${choice.fleetRefreshesPerSecond}`,
      `${choice.steadyPerSecond.toFixed(1)}/s`,
      percent(choice.steadyPerSecond / choice.fleetRefreshesPerSecond),
      count(choice.inAList),
      `${Math.max(1, Math.round(choice.recoveryMinutes))} min`,
    ];
  });
  const head = [
    'connections in DynamoDB',
    '`fleetShards`',
    '`fleetRefreshesPerSecond`',
    'a shard needs',
    'of its rate',
    'in its list',
    'all are back after',
  ];
  const largest = chooseFleet(SIZES.at(-1) ?? 0);
  return `${table(head, rows)}

*Computed*. The rule for N connections, with their growth of the next months:

1. **Shards**: the smallest number of ${FLEET_SHARDS.join(', ')} with at most ${count(MOST_IN_A_LIST)} connections in the list of a shard (N divided by \`fleetShards\`). In a
   larger list, renewals are not spread after an outage: they come in waves every ${MINUTES_BETWEEN_RENEWALS} minutes, as the outage left them.
2. **Steady state**: a shard renews its list in ${MINUTES_BETWEEN_RENEWALS} minutes, so it needs its list divided by ${count(MINUTES_BETWEEN_RENEWALS * 60)} seconds. Plan for at most 80 % of the rate.
3. **Recovery**: after an hour without Zoho every token has expired, and a shard needs its list divided by its rate, in seconds, until all are
   back. The list divided by ${count(SECONDS_TO_RECOVER)} is a rate at which that takes ${Math.round(SECONDS_TO_RECOVER / 60)} minutes. Take the default of ${FLEET_REFRESHES_PER_SECOND.default} if that is less, and at most ${FLEET_REFRESHES_PER_SECOND.max}.

With the most shards, a list is longer from ${count(MOST_IN_A_LIST * (FLEET_SHARDS.at(-1) ?? 1))} connections on: a million has ${count(largest.inAList)} in each. They are renewed in time all the same, as the days below
show. In Secrets Manager there is one list, and the rate is \`maxRefreshesPerSecond\`. Both settings can be changed at any time: a deployment gives
the connections to the new shards within minutes. If you set \`reservedConcurrency\`, set it to \`fleetShards\` + 3 or more.`;
}
