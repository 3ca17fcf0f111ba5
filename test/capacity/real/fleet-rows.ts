import { type Item, toItem } from '../../../lambdas/adapters/connection-row.ts';
import { type Connection, registerConnection } from '../../../lambdas/core/connection/connection.ts';
import { partitionOf } from '../../../lambdas/core/connection/partition.ts';
import { indexKeysOf } from '../../../lambdas/core/connection/table-indexes.ts';
import {
  dataCenterOf,
  type FleetPlan,
  firstLookAtMs,
  HOUR_MS,
  type InitialToken,
  isBlocked,
  MINUTE_MS,
  refusedAtMs,
  START_MS,
} from '../fleet-plan.ts';

/** The version IDs of the first secrets, as long as real ones. */
export const FIRST_TOKEN_VERSION = '0'.repeat(64);
export const CREDENTIALS_VERSION = '00000000-0000-4000-8000-000000000000';

/** Blocked connections were revoked a day ago. */
const FIRST_REFUSAL_MS = START_MS - 24 * HOUR_MS;
const FIRST_REFUSAL = { N: String(FIRST_REFUSAL_MS) };

const GENERATION = 1_000;
const SPACING_MS = 53 * MINUTE_MS;
const A_DAY_OF_PUBLISHES = 27;

/**
 * Items of a fleet that has run for a long time. What many items have in common is one object in memory, so that a fleet of 60,000 takes
 * tens of megabytes.
 */
export function* itemsOf(
  plan: FleetPlan,
  tokens: readonly InitialToken[],
  names: readonly string[],
): Iterable<Item> {
  const templates = new Map<string, Item>();
  for (const [index, token] of tokens.entries()) {
    const dataCenter = dataCenterOf(plan, index);
    const isOut = isBlocked(plan, index);
    const key = `${dataCenter} ${isOut} ${isOut ? '' : index % 53}`;
    const template =
      templates.get(key) ??
      toItem({
        ...(isOut ? blockedRow(dataCenter) : activeRow(dataCenter, token)),
        ...(plan.store === 'dynamodb' && {
          store: plan.store,
          intent: { dataCenter, scopes: ['ZohoCRM.modules.ALL'] },
        }),
      });
    templates.set(key, template);
    const name = names[index] ?? '';
    const connection = { connection: { S: name }, ...placeOf(plan, name, isOut) };
    if (isOut) {
      const at = { N: String(refusedAtMs(index)) };
      yield {
        ...template,
        ...connection,
        nextAttemptAt: { N: String(firstLookAtMs(index)) },
        mints: { L: [at] },
        refusedCredentials: {
          L: [{ M: { versionId: { S: CREDENTIALS_VERSION }, first: FIRST_REFUSAL, at } }],
        },
      };
      continue;
    }
    const issuedAt = { N: String(token.issuedAtMs) };
    yield {
      ...template,
      ...connection,
      nextAttemptAt: { N: String(token.nextAttemptAtMs) },
      tokenIssuedAt: issuedAt,
      tokenExpiresAt: { N: String(token.expiresAtMs) },
      mints: { L: [issuedAt] },
    };
  }
}

/** The partitions of the indexes. */
function placeOf({ store }: FleetPlan, name: string, isOut: boolean): Item {
  if (store === 'secrets-manager') return {};
  const { queue, live } = indexKeysOf(partitionOf(name));
  return { queue: { S: queue }, ...(isOut ? {} : { live: { S: live } }) };
}

function activeRow(dataCenter: string, token: InitialToken): Connection {
  const { issuedAtMs, expiresAtMs, nextAttemptAtMs } = token;
  const publishesMs = Array.from({ length: A_DAY_OF_PUBLISHES }, (_, n) => issuedAtMs - n * SPACING_MS);
  return {
    ...registerConnection('template', 'connected', START_MS),
    status: 'active',
    generation: GENERATION,
    publishedGeneration: GENERATION,
    nextAttemptAtMs,
    token: { versionId: FIRST_TOKEN_VERSION, issuedAtMs, expiresAtMs },
    apiDomain: `https://www.zohoapis.${dataCenter}`,
    dataCenter,
    scope: 'ZohoCRM.modules.ALL',
    mintsMs: [issuedAtMs],
    publishesMs: publishesMs.reverse(),
    credentialsVersionId: CREDENTIALS_VERSION,
  };
}

/** Revoked a day ago: Zoho is asked about it every hour. */
function blockedRow(dataCenter: string): Connection {
  const firstAtMs = FIRST_REFUSAL_MS;
  const atMs = START_MS - 30 * MINUTE_MS;
  return {
    ...activeRow(dataCenter, {
      issuedAtMs: firstAtMs - HOUR_MS,
      expiresAtMs: firstAtMs,
      nextAttemptAtMs: START_MS,
    }),
    status: 'blocked',
    publishesMs: [],
    mintsMs: [atMs],
    failures: 24,
    lastFailure: { code: 'invalid_code', message: 'Zoho does not know this refresh token.', atMs },
    blockedAtMs: firstAtMs,
    refusedCredentials: [{ versionId: CREDENTIALS_VERSION, firstAtMs, atMs }],
    incidents: [{ problem: 'blocked', sinceMs: firstAtMs, state: 'notified' }],
  };
}
