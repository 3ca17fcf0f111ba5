import * as z from 'zod/mini';
import { CONNECTION_NAME_PATTERN } from '../connection/connection-name.ts';
import { PARTITIONS } from '../connection/partition.ts';
import { describeGiven, firstOf } from '../describe-given.ts';
import type { RefreshOutcome } from './refresh-outcome.ts';

/** The event of the schedule, and the one that consumers and operators send. */
export type RefresherEvent =
  /** `shard`: the part of a fleet that is refreshed. Without it, that are the declared connections. */
  | { readonly action: 'refresh-due'; readonly shard?: number | undefined }
  | {
      readonly action: 'refresh';
      readonly connection: string;
      readonly rejectedGeneration?: number | undefined;
      readonly reason: RefreshReason;
    };

/**
 * - `unauthorized`: Zoho's API rejected the token of `rejectedGeneration`
 * - `expired`: it has expired by the caller's clock
 * - `operator`: an operator wants a new one
 */
export type RefreshReason = (typeof REASONS)[number];

const REASONS = ['unauthorized', 'expired', 'operator'] as const;

/** Answer to `refresh-due`. `due` is the sum of the others. */
export interface RefreshDueResponse {
  readonly due: number;
  readonly refreshed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Answer to `refresh`. Never contains a token: the caller reads the secret. */
export interface RefreshResponse {
  readonly connection: string;
  readonly outcome: RefreshOutcome;
  /** Generation of the published token; 0 when there is none. */
  readonly generation: number;
  /** ISO 8601, or null when no token was ever published. */
  readonly expires_at: string | null;
  readonly retry_after_seconds?: number;
  /** What is wrong with the request and what to do, for an outcome that refuses it. */
  readonly message?: string;
}

/** The event is invalid. The message names every problem. Not retried. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
  readonly code = 'invalid_event';
}

/** Unknown keys that a message names. */
const MOST_KEYS = 5;

const EXAMPLES =
  'Known events: {"action":"refresh-due"} and {"action":"refresh","connection":"NAME","rejectedGeneration":42,"reason":"unauthorized"|"expired"|"operator"}.';

/** Parses an event of either kind. Throws {@link InvalidEventError}. */
export function parseRefresherEvent(event: unknown): RefresherEvent {
  const action = typeof event === 'object' && event !== null && 'action' in event ? event.action : undefined;
  if (action === 'refresh-due') return parseWith(refreshDueSchema, event);
  if (action === 'refresh') return parseWith(refreshSchema, event);
  throw new InvalidEventError(
    `action must be "refresh-due" or "refresh", is ${describeGiven(action)}. ${EXAMPLES}`,
  );
}

/** The connection that an event names, if it is a name: an answer repeats nothing else. */
export function givenConnection(event: unknown): string {
  const name = typeof event === 'object' && event !== null && 'connection' in event ? event.connection : '';
  return typeof name === 'string' && CONNECTION_NAME_PATTERN.test(name) ? name : '';
}

const refreshDueSchema = z.strictObject({
  action: z.literal('refresh-due'),
  shard: z.optional(
    z
      .int('must be a whole number')
      .check(z.gte(0, 'must not be negative'), z.lt(PARTITIONS, `must be below ${PARTITIONS}`)),
  ),
});

const refreshSchema = z.strictObject({
  action: z.literal('refresh'),
  connection: z
    .string('must be the name of a connection')
    .check(z.regex(CONNECTION_NAME_PATTERN, 'must be letters, digits, - and _, at most 64 of them')),
  rejectedGeneration: z.optional(
    z
      .int('must be a whole number, the generation of the rejected token')
      .check(z.gte(0, 'must not be negative')),
  ),
  reason: z.enum(REASONS, 'must be "unauthorized", "expired" or "operator"'),
});

function parseWith<T extends RefresherEvent>(schema: z.ZodMiniType<T>, event: unknown): T {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown ${firstOf(issue.keys.map(describeGiven), MOST_KEYS).join(', ')}`
      : `${issue.path.join('.')} ${issue.message}`,
  );
  throw new InvalidEventError(`${problems.join('; ')}. ${EXAMPLES}`);
}
