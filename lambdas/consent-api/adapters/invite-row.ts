import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { CONNECTION_NAME_PATTERN } from '../../core/connection/connection-name.ts';
import { UNKNOWN_PERSON } from '../../core/consent/authorized-by.ts';
import { InfrastructureError } from '../../core/failures.ts';
import { type Attempt, type Invite, KEEP_ROW_MS } from '../../core/invites/invite.ts';
import { FAILURE_REASONS, INVITE_MODES, MISMATCHES } from '../../core/invites/invite-status.ts';
import { isDataCenterLocation } from '../../core/zoho/data-centers.ts';

export type Item = Record<string, AttributeValue>;

export const inviteKey = (id: string) => `invite#${id}`;
export const attemptKey = (hash: string) => `attempt#${hash}`;
export const clientKey = (client: string) => `client#${client}`;
export const consentKey = (connection: string) => `consent#${connection}`;
export const personKey = (hash: string) => `person#${hash}`;

/** An item of any kind. Undefined values are left out. */
export function toItem(attributes: object): Item {
  return marshall(attributes, { removeUndefinedValues: true });
}

/** TTL only cleans up. A row that holds a grant or a refresh token stays. */
export function inviteItem(invite: Invite): Item {
  const { id, sweepAtMs, ...attributes } = invite;
  const isKept = sweepAtMs !== undefined;
  return toItem({
    ...attributes,
    id: inviteKey(id),
    sweepQueue: isKept ? 'sweep' : undefined,
    sweepAt: sweepAtMs,
    expireAt: isKept ? undefined : Math.ceil((invite.expiresAtMs + KEEP_ROW_MS) / 1000),
  });
}

/** Throws `InfrastructureError` for a row that someone else has written. */
export function parseInvite(item: Item): Invite {
  const { id, sweepQueue: _queue, sweepAt: sweepAtMs, expireAt: _ttl, ...attributes } = unmarshall(item);
  return parseAs(inviteSchema, { ...attributes, id: withoutKind(id), sweepAtMs }, withoutKind(id));
}

export function attemptItem({ hash, ...attempt }: Attempt): Item {
  return toItem({
    ...attempt,
    id: attemptKey(hash),
    expireAt: Math.ceil(attempt.expiresAtMs / 1000) + DAY_SECONDS,
  });
}

export function parseAttempt(item: Item): Attempt {
  const { id, expireAt: _ttl, ...attributes } = unmarshall(item);
  return parseAs(attemptSchema, { ...attributes, hash: withoutKind(id) }, 'an attempt');
}

/** The second half of a key, if it is a text. */
export function withoutKind(id: unknown): string {
  return typeof id === 'string' ? id.slice(id.indexOf('#') + 1) : '';
}

function parseAs<T>(schema: z.ZodMiniType<T>, value: object, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new InfrastructureError({
    code: 'malformed_row',
    message: `The row of the invite ${name} in the consents table cannot be read (${problem}). Delete it, and invite again.`,
  });
}

const DAY_SECONDS = 24 * 3600;
const text = z.string();
const optionalText = z.optional(text);
const timeMs = z.number().check(z.gte(0), z.lte(Date.UTC(9999, 11, 31)));
const name = z.string().check(z.regex(CONNECTION_NAME_PATTERN, 'is not a name'));
const dataCenter = z.custom<Invite['clientDataCenter']>(isDataCenterLocation, 'is not a data center');

const person = z.pipe(
  z.object({
    ...{ zuid: optionalText, email: optionalText, orgId: optionalText, orgName: optionalText },
    awsPrincipal: optionalText,
  }),
  z.transform((parts) => ({ ...UNKNOWN_PERSON, ...parts })),
);
const ending = z.object({
  ...{ status: z.enum(['declined', 'failed']), reason: z.optional(z.enum(FAILURE_REASONS)) },
  ...{ attempt: optionalText, retryable: z.boolean(), atMs: timeMs },
});
const finishedGrant = {
  ...{ attempt: text, sessionHash: optionalText, dataCenter, scope: optionalText, isSandbox: z.boolean() },
  ...{ grantedAtMs: timeMs, fromVersionId: optionalText, consentedBy: z.optional(person) },
};
const grant = z.object({ ...finishedGrant, sealed: text });
const old = z.optional(
  z.object({ state: z.enum(['held', 'revoked', 'left']), sealed: optionalText, dataCenter }),
);
const kind = <Kind extends string>(of: Kind) => z.literal(of);

const stage = z.discriminatedUnion('kind', [
  z.object({ kind: kind('open'), last: z.optional(ending) }),
  z.object({
    ...{ kind: kind('coded'), attempt: text, code: text, sessionHash: text, dataCenter, untilMs: timeMs },
  }),
  z.object({
    ...{ kind: kind('exchanging'), attempt: text, sessionHash: optionalText, dataCenter },
    ...{ fromVersionId: optionalText, atMs: timeMs },
  }),
  z.object({ kind: kind('granted'), grant }),
  z.object({ kind: kind('awaiting'), grant, mismatch: z.array(z.enum(MISMATCHES)), untilMs: timeMs }),
  z.object({ kind: kind('storing'), grant, old }),
  z.object({ kind: kind('revoking'), grant, ending }),
  z.object({
    ...{ kind: kind('authorized'), grant: z.object(finishedGrant), old, tokenLive: z.boolean() },
    ...{ versionId: text, storedAtMs: timeMs, mayHaveEnded: z.array(name) },
  }),
  z.object({ kind: kind('failed'), ending, consentedBy: z.optional(person) }),
  z.object({ kind: kind('cancelled') }),
]);

const inviteSchema = z.object({
  ...{ id: text, version: z.int().check(z.gte(1)), written: text, secretHash: text },
  ...{ connection: name, client: name, clientId: text, clientDataCenter: dataCenter },
  ...{ scopes: z.array(text), mode: z.enum(INVITE_MODES), subject: optionalText, returnUrl: optionalText },
  expect: z.object({
    ...{ email: optionalText, emailDomain: optionalText, orgId: optionalText },
    dataCenter: z.optional(dataCenter),
  }),
  ...{ label: optionalText, createdBy: optionalText, createdAtMs: timeMs, expiresAtMs: timeMs },
  creates: z.optional(z.object({ scopes: z.array(text) })),
  ...{ incarnation: z.optional(z.int().check(z.gte(0))), parametersHash: optionalText },
  ...{ begunMs: z.array(timeMs), lease: z.optional(z.object({ owner: text, untilMs: timeMs })) },
  stage,
  lost: z.array(z.object({ clientId: text, dataCenter, atMs: timeMs })),
  sweepAtMs: z.optional(timeMs),
});

const attemptSchema = z.object({
  ...{ hash: text, inviteId: text, browserHash: text, beganAtMs: timeMs, expiresAtMs: timeMs },
  ...{ claimedAtMs: z.optional(timeMs), claimedBy: optionalText },
});
