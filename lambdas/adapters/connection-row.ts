import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type * as z from 'zod/mini';
import {
  type Connection,
  INCIDENT_STATES,
  type Incident,
  PROBLEMS,
  SEVERITIES,
  scheduledAtMs,
  shouldHaveValidToken,
} from '../core/connection/connection.ts';
import { CONNECTION_NAME_PATTERN } from '../core/connection/connection-name.ts';
import { indexKeysOf, partitionInKey } from '../core/connection/table-indexes.ts';
import { firstOf } from '../core/describe-given.ts';
import { InfrastructureError, isFailureCode, malformedRow } from '../core/failures.ts';
import type { MalformedRow } from '../core/ports.ts';
import { toSingleLine } from '../core/single-line.ts';
import { parseApiDomain } from '../core/zoho/data-centers.ts';
import { type incidentSchema, rowSchema } from './connection-row-schema.ts';

/** An item of the connections table in the format of DynamoDB's client. */
export type Item = Record<string, AttributeValue>;

/** The attributes of a row. Undefined values are left out. */
export function toAttributes(connection: Connection): Record<string, unknown> {
  const { lease, token, lastFailure, complaints, incidents } = connection;
  const nextAttemptAt = scheduledAtMs(connection);
  const { queue, live } = indexKeysOf(connection.partition);
  return withoutUndefined({
    connection: connection.name,
    status: connection.status,
    source: connection.source,
    store: connection.store,
    movedFrom: connection.movedFrom,
    intent: connection.intent && withoutUndefined({ ...connection.intent }),
    generation: connection.generation,
    publishedGeneration: connection.publishedGeneration,
    leaseOwner: lease?.owner,
    leaseUntil: lease?.untilMs,
    nextAttemptAt,
    // The index has one time per row: that of the notification, if it comes first.
    attemptAt: nextAttemptAt === connection.nextAttemptAtMs ? undefined : connection.nextAttemptAtMs,
    notifyAt: connection.notifyAtMs,
    queue: connection.status === 'disabled' ? undefined : queue,
    tokenVersionId: token?.versionId,
    tokenIssuedAt: token?.issuedAtMs,
    tokenExpiresAt: token?.expiresAtMs,
    live: shouldHaveValidToken(connection) ? live : undefined,
    apiDomain: connection.apiDomain,
    ignoredApiDomain: connection.ignoredApiDomain,
    dataCenter: connection.dataCenter,
    scope: connection.scope,
    mints: connection.mintsMs,
    publishes: connection.publishesMs,
    onDemandMints: complaints.mintsMs.length === 0 ? undefined : complaints.mintsMs,
    challenged: complaints.challengedGeneration,
    challenges: complaints.inARow === 0 ? undefined : complaints.inARow,
    failures: connection.failures,
    lastFailure: lastFailure && {
      code: lastFailure.code,
      message: lastFailure.message,
      at: lastFailure.atMs,
    },
    blockedAt: connection.status === 'blocked' ? connection.blockedAtMs : undefined,
    credentialsVersionId: connection.credentialsVersionId,
    client: connection.client,
    clientKey: connection.clientKey,
    refusedCredentials: connection.refusedCredentials.map(({ versionId, firstAtMs, atMs }) => ({
      versionId,
      first: firstAtMs,
      at: atMs,
    })),
    endedCredentials: connection.endedCredentials,
    followsPrefix: connection.follows?.secretPrefix,
    followedGeneration: connection.follows?.generation,
    incidents:
      incidents.length === 0
        ? undefined
        : incidents.map(({ problem, sinceMs, state, client }) => ({
            ...{ problem, since: sinceMs, state },
            ...(client && { client: client.name, changed: client.changedAtMs }),
          })),
    severity: connection.severity,
    incarnation: connection.incarnation,
  });
}

export function toItem(connection: Connection): Item {
  return marshall(toAttributes(connection));
}

/** Parses an item. An invalid row is returned with its name and what is wrong with it. */
export function parseItem(item: Item): Connection | MalformedRow {
  const row = unmarshall(item, { wrapNumbers: Number });
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    const { connection } = row;
    const isName = typeof connection === 'string' && CONNECTION_NAME_PATTERN.test(connection);
    return {
      malformed: true,
      name: isName ? connection : '(no valid name)',
      problem: firstOf(problems, MOST_PROBLEMS).join('; '),
      ...placeOf(row),
    };
  }
  const { data } = parsed;
  const hasLease = data.leaseOwner !== undefined && data.leaseUntil !== undefined;
  const hasToken = data.tokenVersionId !== undefined && data.tokenExpiresAt !== undefined;
  const partition = partitionInKey(data.queue ?? '');
  const { store, movedFrom, intent } = data;
  return {
    name: data.connection,
    status: data.status,
    source: data.source,
    ...(store === 'dynamodb' ? { store } : {}),
    ...(movedFrom === undefined ? {} : { movedFrom }),
    ...(partition === undefined ? {} : { partition }),
    ...(intent === undefined ? {} : { intent: { dataCenter: intent.dataCenter, scopes: intent.scopes } }),
    generation: data.generation,
    publishedGeneration: data.publishedGeneration,
    lease: hasLease ? { owner: data.leaseOwner ?? '', untilMs: data.leaseUntil ?? 0 } : undefined,
    ...timesOf(data),
    token: hasToken
      ? {
          versionId: data.tokenVersionId ?? '',
          issuedAtMs: data.tokenIssuedAt ?? 0,
          expiresAtMs: data.tokenExpiresAt ?? 0,
        }
      : undefined,
    apiDomain: parseApiDomain(data.apiDomain),
    ignoredApiDomain: data.ignoredApiDomain,
    dataCenter: data.dataCenter,
    scope: data.scope === undefined ? undefined : toSingleLine(data.scope),
    mintsMs: data.mints,
    publishesMs: data.publishes,
    complaints: {
      mintsMs: data.onDemandMints ?? [],
      challengedGeneration: data.challenged,
      inARow: data.challenges ?? 0,
    },
    failures: data.failures,
    lastFailure: data.lastFailure && {
      code: isFailureCode(data.lastFailure.code) ? data.lastFailure.code : 'internal_error',
      message: toSingleLine(data.lastFailure.message).slice(0, MOST_CHARACTERS),
      atMs: data.lastFailure.at,
    },
    blockedAtMs: data.status === 'blocked' ? data.blockedAt : undefined,
    credentialsVersionId: data.credentialsVersionId,
    ...(data.client === undefined ? {} : { client: data.client }),
    ...(data.clientKey === undefined ? {} : { clientKey: data.clientKey }),
    refusedCredentials: (data.refusedCredentials ?? []).map(({ versionId, first, at }) => ({
      versionId,
      firstAtMs: first ?? LONG_AGO_MS,
      atMs: at,
    })),
    endedCredentials: data.endedCredentials,
    follows:
      data.followsPrefix === undefined
        ? undefined
        : { secretPrefix: data.followsPrefix, generation: data.followedGeneration ?? 0 },
    incidents: (data.incidents ?? []).flatMap(parseIncident),
    severity: SEVERITIES.find((severity) => severity === data.severity),
    ...(data.incarnation === undefined ? {} : { incarnation: data.incarnation }),
  };
}

function placeOf({ connection, nextAttemptAt }: Record<string, unknown>): Pick<MalformedRow, 'place'> {
  const isKey = typeof connection === 'string' && connection.length <= LONGEST_KEY;
  if (!isKey || typeof nextAttemptAt !== 'number') return {};
  return { place: { key: connection, nextAttemptAtMs: nextAttemptAt } };
}

/** A later version may know other problems: they are dropped, and it finds them again. */
export function parseIncident(given: z.infer<typeof incidentSchema>): Incident[] {
  const problem = PROBLEMS.find((known) => known === given.problem);
  const state = INCIDENT_STATES.find((known) => known === given.state);
  if (problem === undefined || state === undefined) return [];
  const incident = { problem, sinceMs: given.since, state };
  if (problem !== 'client-refused') return [incident];
  const { client, changed = given.since } = given;
  return client === undefined ? [] : [{ ...incident, client: { name: client, changedAtMs: changed } }];
}

/**
 * An earlier version that reschedules the row changes `nextAttemptAt` and keeps the attributes that it does not know. They count
 * only if they belong to this `nextAttemptAt`.
 */
function timesOf({
  nextAttemptAt,
  attemptAt,
  notifyAt,
}: z.infer<typeof rowSchema>): Pick<Connection, 'nextAttemptAtMs' | 'notifyAtMs'> {
  const isNotificationFirst = notifyAt === nextAttemptAt && attemptAt !== undefined && attemptAt > notifyAt;
  if (isNotificationFirst) return { nextAttemptAtMs: attemptAt, notifyAtMs: notifyAt };
  const isStillPending = notifyAt !== undefined && notifyAt >= nextAttemptAt && attemptAt === undefined;
  return { nextAttemptAtMs: nextAttemptAt, notifyAtMs: isStillPending ? notifyAt : undefined };
}

/** Parses an item that must be a connection. Throws `InfrastructureError` with the code `malformed_row`. */
export function parseWellFormed(item: Item): Connection {
  const row = parseItem(item);
  if (!('malformed' in row)) return row;
  throw new InfrastructureError(malformedRow(row));
}

/** The primary key of a connection's row. */
export function keyOf(name: string): Item {
  return { connection: { S: name } };
}

/** Rows of earlier versions do not say when credentials were refused first. Zoho is asked about them every hour, as it was. */
const LONG_AGO_MS = 0;
/** What a message says about a malformed row, and of a failure's message: ours are shorter. */
const MOST_PROBLEMS = 30;
const MOST_CHARACTERS = 2_000;
/** Of a key, in bytes (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html). */
const LONGEST_KEY = 2_048;

function withoutUndefined(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
