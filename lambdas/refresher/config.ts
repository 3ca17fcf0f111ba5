import * as z from 'zod/mini';
import { CONNECTION_NAME_PATTERN, SECRET_PREFIX_PATTERN } from '../core/connection/connection-name.ts';
import type { DeclaredConnections } from '../core/connection/declared-connection.ts';
import { CONNECTION_STATES, type ConnectionState } from '../core/connection/state-change.ts';
import { DATA_CENTER_LOCATIONS } from '../core/zoho/data-centers.ts';

/** Everything that the refresher is told by its environment. */
export interface RefresherConfig {
  readonly tableName: string;
  readonly secretPrefix: string;
  readonly declaredConnections: DeclaredConnections;
  /** Latest moment to publish a new token, in seconds before the old one's expiry. */
  readonly refreshMarginSeconds: number;
  /** Refreshes are spread over this many seconds before the margin. */
  readonly refreshJitterSeconds: number;
  /** The function's timeout; a lease lasts 15 s longer. */
  readonly functionTimeoutSeconds: number;
  readonly zohoTimeoutSeconds: number;
  readonly maxRefreshesPerSecond: number;
  readonly maxInFlight: number;
  /** Changes of connections that are put on the account's default event bus. */
  readonly stateChangeEvents: readonly ConnectionState[];
}

/** Values for every knob that a deployment need not turn. */
export const DEFAULT_KNOBS = {
  refreshMarginSeconds: 300,
  refreshJitterSeconds: 60,
  functionTimeoutSeconds: 60,
  zohoTimeoutSeconds: 10,
  maxRefreshesPerSecond: 20,
  maxInFlight: 25,
} as const;

/** The same for all that a deployment need not say. Announced are the changes that somebody may have to act on. */
export const DEFAULT_CONFIG = {
  ...DEFAULT_KNOBS,
  stateChangeEvents: ['blocked', 'recovered'],
} as const satisfies Partial<RefresherConfig>;

/** Bounds of each knob, shared with the check of `cdk.json`. */
export const KNOB_BOUNDS = {
  refreshMarginSeconds: { min: 180, max: 1740 },
  refreshJitterSeconds: { min: 0, max: 600 },
  functionTimeoutSeconds: { min: 30, max: 300 },
  zohoTimeoutSeconds: { min: 2, max: 20 },
  maxRefreshesPerSecond: { min: 1, max: 24 },
  maxInFlight: { min: 1, max: 100 },
} as const satisfies Record<keyof typeof DEFAULT_KNOBS, { min: number; max: number }>;

/** Thrown at cold start: names every variable that is wrong, not only the first. */
export class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError';
  readonly code = 'invalid_config';
}

/** The environment variables of the function for a configuration. The inverse of `parseConfig`. */
export function toEnvironment(config: RefresherConfig): Record<string, string> {
  const { tableName, secretPrefix, declaredConnections, stateChangeEvents, ...knobs } = config;
  return {
    TABLE_NAME: tableName,
    SECRET_PREFIX: secretPrefix,
    DECLARED_CONNECTIONS: JSON.stringify(declaredConnections),
    STATE_CHANGE_EVENTS: stateChangeEvents.join(','),
    ...Object.fromEntries(
      Object.entries(knobs).map(([name, value]) => [toVariableName(name), String(value)]),
    ),
  };
}

/** Parses the function's environment. Throws {@link InvalidConfigError} with all faults listed. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): RefresherConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `- ${issue.path.join('.')}: ${messageOf(issue)}`);
    throw new InvalidConfigError(
      `The refresher's environment is not valid; deploy the stack again to mend it.\n${faults.join('\n')}`,
    );
  }
  const { TABLE_NAME, SECRET_PREFIX, DECLARED_CONNECTIONS, STATE_CHANGE_EVENTS, ...knobs } = parsed.data;
  return {
    tableName: TABLE_NAME,
    secretPrefix: SECRET_PREFIX,
    declaredConnections: DECLARED_CONNECTIONS,
    refreshMarginSeconds: knobs.REFRESH_MARGIN_SECONDS,
    refreshJitterSeconds: knobs.REFRESH_JITTER_SECONDS,
    functionTimeoutSeconds: knobs.FUNCTION_TIMEOUT_SECONDS,
    zohoTimeoutSeconds: knobs.ZOHO_TIMEOUT_SECONDS,
    maxRefreshesPerSecond: knobs.MAX_REFRESHES_PER_SECOND,
    maxInFlight: knobs.MAX_IN_FLIGHT,
    stateChangeEvents: STATE_CHANGE_EVENTS,
  };
}

/** A key that is not allowed hides what is wrong with it one level below. */
function messageOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
}

function toVariableName(knob: string): string {
  return knob.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

const declaredConnectionsSchema = z.record(
  z.string().check(z.regex(CONNECTION_NAME_PATTERN, 'is not a connection name')),
  z.object({ dataCenter: z.enum(DATA_CENTER_LOCATIONS), scopes: z.array(z.string()) }),
);

const declaredConnectionsJson = z.pipe(
  z.pipe(
    z.string('must be a JSON object, is missing'),
    z.transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.issues.push({ code: 'custom', message: 'must be a JSON object, is not JSON', input: text });
        return z.NEVER;
      }
    }),
  ),
  declaredConnectionsSchema,
);

const KNOWN_STATES = `must be some of ${CONNECTION_STATES.join(', ')}, separated by commas, or empty`;

const stateChangeEventsList = z.pipe(
  z.pipe(
    z.string(`${KNOWN_STATES}, is missing`),
    z.transform((text) => (text === '' ? [] : text.split(','))),
  ),
  z.array(z.enum(CONNECTION_STATES, KNOWN_STATES)),
);

function knob(name: keyof typeof DEFAULT_KNOBS) {
  const { min, max } = KNOB_BOUNDS[name];
  const allowed = `must be a whole number from ${min} to ${max}`;
  return z.pipe(
    z.string(`${allowed}, is missing`).check(z.regex(/^\d{1,6}$/, allowed)),
    z.pipe(z.transform(Number), z.number().check(z.gte(min, allowed), z.lte(max, allowed))),
  );
}

const environmentSchema = z.object({
  TABLE_NAME: z.string('must name the DynamoDB table, is missing').check(z.minLength(1, 'must not be empty')),
  SECRET_PREFIX: z
    .string('must be the prefix of the secrets, is missing')
    .check(z.regex(SECRET_PREFIX_PATTERN, 'is not a prefix of secret names')),
  DECLARED_CONNECTIONS: declaredConnectionsJson,
  STATE_CHANGE_EVENTS: stateChangeEventsList,
  REFRESH_MARGIN_SECONDS: knob('refreshMarginSeconds'),
  REFRESH_JITTER_SECONDS: knob('refreshJitterSeconds'),
  FUNCTION_TIMEOUT_SECONDS: knob('functionTimeoutSeconds'),
  ZOHO_TIMEOUT_SECONDS: knob('zohoTimeoutSeconds'),
  MAX_REFRESHES_PER_SECOND: knob('maxRefreshesPerSecond'),
  MAX_IN_FLIGHT: knob('maxInFlight'),
});
