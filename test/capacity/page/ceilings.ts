import { FLEET_SHARDS, PARTITIONS } from '../../../lambdas/core/connection/partition.ts';
import { FLEET_REFRESHES_PER_SECOND } from '../../../lambdas/refresher/fleet-config.ts';
import { NUMBER_SETTINGS } from '../../../lambdas/refresher/number-settings.ts';
import type { CapacityResult } from '../capacity.ts';
import { LIMITS } from '../region/region.ts';
import { MINUTES_BETWEEN_RENEWALS, MOST_IN_A_LIST, MOST_OF_A_CLIENT } from './choice.ts';
import { count, table } from './figures.ts';

/** The share of the rate that a fleet should use, so that there is room for retries and for a recovery. */
const PLANNED_SHARE = 0.8;

/** Write units of a row and its indexes in a refresh, and those of the index `due` alone. */
const UNITS_OF_DUE = 4;

/** Each ceiling of the design, what it comes to, and the way beyond it. */
export function renderCeilings({ stores }: CapacityResult): string {
  const most = (perSecond: number) => count(perSecond * 60 * MINUTES_BETWEEN_RENEWALS);
  const planned = (perSecond: number) =>
    count(Math.round((perSecond * 60 * MINUTES_BETWEEN_RENEWALS * PLANNED_SHARE) / 1000) * 1000);
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
      `about ${count(MOST_IN_A_LIST)} connections in one list; larger ones are not spread after an outage`,
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
      'Zoho: 10 access tokens in 10 minutes, which most of its pages count for each refresh token, and one for each client',
      `if it counts for each client: about ${MOST_OF_A_CLIENT} connections of a client, see [platforms.md](platforms.md#zohos-limits)`,
      'more clients, each for a part of the tenants. No setting of the fleet helps',
    ],
    [
      'Zoho: how many token requests an address may send is not documented for a whole fleet',
      'unknown',
      'ask Zoho before you go beyond some thousand connections',
    ],
  ];
  return `${table(['ceiling', 'reached at', 'beyond it'], rows)}

Figures in connections are *computed*: the rate, times 60 seconds, times the ${MINUTES_BETWEEN_RENEWALS} minutes between two renewals of a token.
*Plan for* is 80 % of that, which leaves room for retries and for a recovery. A renewal is planned for ${MINUTES_BETWEEN_RENEWALS} minutes after the last one, so that it
is done after 55 even if it has to wait: 300 s before the token expires (\`refreshMarginSeconds\`).

**Before you connect more than ${MOST_OF_A_CLIENT} customers to one client**, ask Zoho's support whether access tokens are counted for each client or for each refresh
token. Or see for yourself, with a client of its own: run \`zoho-tokens refresh\` for 12 of its connections within 10 minutes. If the last two
are throttled, Zoho counts for each client. With more connections, the refresher then logs \`Zoho throttles a client\`, and the connections of the client take turns: each is
without a token for some of the time. Register more clients (\`zoho-tokens client add\`), and use them for new customers. Move others to them with
\`zoho-tokens move NAME --client CLIENT\`: each has to consent again.`;
}
