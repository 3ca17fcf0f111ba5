import { FLEET_SHARDS, PARTITIONS } from '../../../lambdas/core/connection/partition.ts';
import { FLEET_REFRESHES_PER_SECOND } from '../../../lambdas/refresher/fleet-config.ts';
import { NUMBER_SETTINGS } from '../../../lambdas/refresher/number-settings.ts';
import type { CapacityResult } from '../capacity.ts';
import { LIMITS } from '../region/region.ts';
import { count, table } from './figures.ts';

/** A token is renewed every 53 minutes. */
const MINUTES = 53;

/** The share of the rate that a fleet should use, so that there is room for retries and for a recovery. */
const PLANNED_SHARE = 0.8;

/** Write units of a row and its indexes in a refresh, and those of the index `due` alone. */
const UNITS_OF_DUE = 4;

/** Each ceiling of the design, what it comes to, and the way beyond it. */
export function renderCeilings({ stores }: CapacityResult): string {
  const most = (perSecond: number) => count(perSecond * 60 * MINUTES);
  const planned = (perSecond: number) =>
    count(Math.round((perSecond * 60 * MINUTES * PLANNED_SHARE) / 1000) * 1000);
  const { max: mostSecrets } = NUMBER_SETTINGS.maxRefreshesPerSecond;
  const { max: mostOfShard } = FLEET_REFRESHES_PER_SECOND;
  const shards = FLEET_SHARDS.at(-1) ?? 1;
  const rowBytes = Math.max(...stores.map((store) => store.rowBytes));
  const rows = [
    [
      `Secrets Manager: ${LIMITS.secretWrites} writes a second in an account and region, not adjustable; two for each refresh`,
      `${most(mostSecrets)} connections at \`maxRefreshesPerSecond: ${mostSecrets}\`; plan for ${planned(mostSecrets)}`,
      '`connectedStore: dynamodb`, or another region or account',
    ],
    [
      `A shard starts at most ${mostOfShard} refreshes a second`,
      `${most(mostOfShard)} connections a shard; plan for ${planned(mostOfShard)}`,
      `more shards, up to ${shards}`,
    ],
    [
      `${shards} shards`,
      `${most(mostOfShard * shards)} connections; plan for ${planned(mostOfShard * shards)}`,
      'a second deployment with another `secretPrefix`, or another region',
    ],
    [
      `DynamoDB: ${count(LIMITS.partitionWrites)} write units a second for each of the ${PARTITIONS} partitions of the index \`due\`; ${UNITS_OF_DUE} for each refresh`,
      `${count(LIMITS.partitionWrites / UNITS_OF_DUE)} refreshes a second and partition, above what a shard starts`,
      'nothing to do. With one shard, all of its refreshes share 16 partitions',
    ],
    [
      `A row of more than 1 KB costs 14 write units for a refresh instead of 8. It has ${count(rowBytes)} bytes here`,
      'many long scopes, or long messages of failures',
      'grant fewer scopes',
    ],
    [
      'The plan that spreads renewals is read in 3 s at most',
      'about 25,000 connections in one list; larger ones are not spread after an outage',
      'more shards: each reads its own list',
    ],
    [
      'Ten looks a second in each shard at connections that are out of service',
      '3,000 of them every five minutes',
      'more shards; parked connections are looked at once an hour',
    ],
    [
      'Zoho: 10 consent codes in 10 minutes for each client',
      'onboarding: 1,440 connections a day',
      'another client, for a part of the tenants',
    ],
    [
      'Zoho: how many token requests a client or an address may send is not documented for a whole fleet',
      'unknown',
      'ask Zoho before you go beyond some thousand connections of one client',
    ],
  ];
  return `${table(['ceiling', 'reached at', 'beyond it'], rows)}

Figures in connections are *computed*: the rate, times 60 seconds, times the ${MINUTES} minutes between two renewals of a token.
*Plan for* is 80 % of that, which leaves room for retries and for a recovery.`;
}
