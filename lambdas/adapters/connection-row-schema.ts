import * as z from 'zod/mini';
import { CLIENT_KEY_PATTERN } from '../core/connection/client-key.ts';
import { CONNECTION_SOURCES, CONNECTION_STATUSES } from '../core/connection/connection.ts';
import {
  CONNECTION_NAME_PATTERN,
  EARLIER_SECRET_PREFIX_PATTERN,
} from '../core/connection/connection-name.ts';
import { SECRET_STORES } from '../core/connection/secret-store.ts';
import { MAX_GENERATION } from '../core/secrets/access-token.ts';
import { isDataCenterLocation, parseApiDomain } from '../core/zoho/data-centers.ts';

/** Write access to the table must not decide where a token goes: names and origins have the form that they have elsewhere. */
const connectionName = z.string().check(z.regex(CONNECTION_NAME_PATTERN, 'is not the name of a connection'));
const apiDomain = z
  .string()
  .check(z.refine((text) => parseApiDomain(text) !== undefined, "is not an origin of Zoho's API"));
/** A host, or that its value is omitted. */
const ignoredHost = z.string().check(z.regex(/^[a-z0-9.() -]{1,100}$/, 'is not a host'));
const dataCenter = z.string().check(z.refine(isDataCenterLocation, 'is not a data center'));
const prefix = z.string().check(z.regex(EARLIER_SECRET_PREFIX_PATTERN, 'is not a prefix of secret names'));
/** Secrets Manager's version IDs have 32 to 64 characters. */
const versionId = z.string().check(z.regex(/^[\w-]{0,64}$/, 'is not the ID of a version'));

/** Up to the year 9999, so that a later time can still be formatted. */
const timeMs = z.number().check(z.gte(0), z.lte(Date.UTC(9999, 11, 31)));
/** Above any generation that a secret may have, and far below the numbers that cannot be counted up. */
const count = z.int().check(z.gte(0), z.lte(2 * MAX_GENERATION));
/** Far more than a budget allows. Unlike `maxLength`, this is only evaluated for an array: what someone else wrote may throw. */
const isShort = z.refine<readonly unknown[]>((list) => list.length <= 1_000, 'has more than 1,000 entries');
const times = z.array(timeMs).check(isShort);

/** An entry of `incidents`. `client` and `changed` are about `client-refused` only. */
export const incidentSchema = z.object({
  ...{ problem: z.string(), since: timeMs, state: z.string() },
  ...{ client: z.optional(connectionName), changed: z.optional(timeMs) },
});

/** A row of the connections table, as `unmarshall` returns it. */
export const rowSchema = z.object({
  connection: connectionName,
  status: z.enum(CONNECTION_STATUSES),
  source: z.enum(CONNECTION_SOURCES),
  generation: count,
  publishedGeneration: count,
  leaseOwner: z.optional(z.string()),
  leaseUntil: z.optional(timeMs),
  nextAttemptAt: timeMs,
  tokenVersionId: z.optional(versionId),
  tokenIssuedAt: z.optional(timeMs),
  tokenExpiresAt: z.optional(timeMs),
  apiDomain: z.optional(apiDomain),
  ignoredApiDomain: z.optional(ignoredHost),
  dataCenter: z.optional(dataCenter),
  scope: z.optional(z.string()),
  mints: times,
  publishes: times,
  /** These three are absent while consumers report nothing, and in rows of earlier versions. */
  onDemandMints: z.optional(times),
  challenged: z.optional(count),
  challenges: z.optional(count),
  failures: count,
  lastFailure: z.optional(z.object({ code: z.string(), message: z.string(), at: timeMs })),
  credentialsVersionId: z.optional(versionId),
  client: z.optional(connectionName),
  clientKey: z.optional(z.string().check(z.regex(CLIENT_KEY_PATTERN))),
  /** Absent in rows of earlier versions. */
  refusedCredentials: z.optional(
    z.array(z.object({ versionId, first: z.optional(timeMs), at: timeMs })).check(isShort),
  ),
  endedCredentials: z.optional(versionId),
  followsPrefix: z.optional(prefix),
  followedGeneration: z.optional(count),
  /** These five are absent while nothing is wrong, and in rows of earlier versions. */
  attemptAt: z.optional(timeMs),
  notifyAt: z.optional(timeMs),
  incidents: z.optional(z.array(incidentSchema).check(isShort)),
  blockedAt: z.optional(timeMs),
  severity: z.optional(z.string()),
  /** Absent until it is connected anew. */
  incarnation: z.optional(count),
  /** Absent for Secrets Manager. */
  store: z.optional(z.enum(SECRET_STORES)),
  /** Absent unless it is being moved. */
  movedFrom: z.optional(z.enum(SECRET_STORES)),
  intent: z.optional(
    z.object({ dataCenter: z.optional(dataCenter), scopes: z.array(z.string()).check(isShort) }),
  ),
  /** Absent while it is disabled. */
  queue: z.optional(z.string()),
});
