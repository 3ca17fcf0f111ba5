import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import {
  CONNECTION_SOURCES,
  CONNECTION_STATUSES,
  type Connection,
  shouldHaveValidToken,
} from '../core/connection/connection.ts';
import { InfrastructureError, isFailureCode, malformedRow } from '../core/failures.ts';
import type { MalformedRow } from '../core/ports.ts';

/** An item of the connections table in the format of DynamoDB's client. */
export type Item = Record<string, AttributeValue>;

/** The attributes of a row. Undefined values are left out. */
export function toAttributes(connection: Connection): Record<string, unknown> {
  const { lease, token, lastFailure, complaints } = connection;
  return withoutUndefined({
    connection: connection.name,
    status: connection.status,
    source: connection.source,
    generation: connection.generation,
    publishedGeneration: connection.publishedGeneration,
    leaseOwner: lease?.owner,
    leaseUntil: lease?.untilMs,
    nextAttemptAt: connection.nextAttemptAtMs,
    queue: connection.status === 'disabled' ? undefined : 'due',
    tokenVersionId: token?.versionId,
    tokenIssuedAt: token?.issuedAtMs,
    tokenExpiresAt: token?.expiresAtMs,
    live: shouldHaveValidToken(connection) ? 'live' : undefined,
    apiDomain: connection.apiDomain,
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
    credentialsVersionId: connection.credentialsVersionId,
    refusedCredentials: connection.refusedCredentials.map(({ versionId, atMs }) => ({ versionId, at: atMs })),
    followsPrefix: connection.follows?.secretPrefix,
    followedGeneration: connection.follows?.generation,
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
    const problem = parsed.error.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('; ');
    return {
      malformed: true,
      name: typeof row.connection === 'string' ? row.connection : '(unnamed)',
      problem,
    };
  }
  const { data } = parsed;
  const hasLease = data.leaseOwner !== undefined && data.leaseUntil !== undefined;
  const hasToken = data.tokenVersionId !== undefined && data.tokenExpiresAt !== undefined;
  return {
    name: data.connection,
    status: data.status,
    source: data.source,
    generation: data.generation,
    publishedGeneration: data.publishedGeneration,
    lease: hasLease ? { owner: data.leaseOwner ?? '', untilMs: data.leaseUntil ?? 0 } : undefined,
    nextAttemptAtMs: data.nextAttemptAt,
    token: hasToken
      ? {
          versionId: data.tokenVersionId ?? '',
          issuedAtMs: data.tokenIssuedAt ?? 0,
          expiresAtMs: data.tokenExpiresAt ?? 0,
        }
      : undefined,
    apiDomain: data.apiDomain,
    dataCenter: data.dataCenter,
    scope: data.scope,
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
      message: data.lastFailure.message,
      atMs: data.lastFailure.at,
    },
    credentialsVersionId: data.credentialsVersionId,
    refusedCredentials: (data.refusedCredentials ?? []).map(({ versionId, at }) => ({ versionId, atMs: at })),
    follows:
      data.followsPrefix === undefined
        ? undefined
        : { secretPrefix: data.followsPrefix, generation: data.followedGeneration ?? 0 },
  };
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

/** Up to the year 9999, so that a later time can still be formatted. */
const timeMs = z.number().check(z.gte(0), z.lte(Date.UTC(9999, 11, 31)));
const count = z.int().check(z.gte(0));

const rowSchema = z.object({
  connection: z.string(),
  status: z.enum(CONNECTION_STATUSES),
  source: z.enum(CONNECTION_SOURCES),
  generation: count,
  publishedGeneration: count,
  leaseOwner: z.optional(z.string()),
  leaseUntil: z.optional(timeMs),
  nextAttemptAt: timeMs,
  tokenVersionId: z.optional(z.string()),
  tokenIssuedAt: z.optional(timeMs),
  tokenExpiresAt: z.optional(timeMs),
  apiDomain: z.optional(z.string()),
  dataCenter: z.optional(z.string()),
  scope: z.optional(z.string()),
  mints: z.array(timeMs),
  publishes: z.array(timeMs),
  /** These three are absent while consumers report nothing, and in rows of earlier versions. */
  onDemandMints: z.optional(z.array(timeMs)),
  challenged: z.optional(count),
  challenges: z.optional(count),
  failures: count,
  lastFailure: z.optional(z.object({ code: z.string(), message: z.string(), at: timeMs })),
  credentialsVersionId: z.optional(z.string()),
  /** Absent in rows of earlier versions. */
  refusedCredentials: z.optional(z.array(z.object({ versionId: z.string(), at: timeMs }))),
  followsPrefix: z.optional(z.string()),
  followedGeneration: z.optional(count),
});

function withoutUndefined(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
