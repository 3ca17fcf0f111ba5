import * as z from 'zod/mini';
import { SEVERITIES } from '../core/connection/connection.ts';
import {
  CONNECTION_NAME_PATTERN,
  EARLIER_SECRET_PREFIX_PATTERN,
  SECRET_PREFIX_PATTERN,
} from '../core/connection/connection-name.ts';
import {
  type DeclaredConnections,
  METRICS_PER_CONNECTION,
  type MetricsPerConnection,
} from '../core/connection/declared-connection.ts';
import { FLEET_SHARDS, type FleetShards } from '../core/connection/partition.ts';
import { CONNECTION_STATES, type ConnectionState } from '../core/connection/state-change.ts';
import { DATA_CENTER_LOCATIONS } from '../core/zoho/data-centers.ts';
import { FLEET_REFRESHES_PER_SECOND, type FleetConfig, type MaybeFleet } from './fleet-config.ts';
import { mapNumberSettings, type NumberSetting, type NumberSettingName } from './number-settings.ts';

/** The setting `stateChangeEvents`. By default, the changes that someone may have to act on. */
export const STATE_CHANGE_EVENTS = {
  default: ['blocked', 'recovered'],
  description:
    'State changes of connections that are put on the default event bus of EventBridge: `refused`, `blocked`, `recovered`, `refreshed`. An empty list puts none, and removes the permission.',
} as const satisfies { default: readonly ConnectionState[]; description: string };

/** The setting `acceptRotatedRefreshTokens`. */
export const ACCEPT_ROTATED_REFRESH_TOKENS = {
  default: false,
  description:
    'Whether a refresh token that Zoho sends with a new access token replaces the one in the credentials secret. Zoho sends none today. If `true`, the refresher may write the credentials secrets.',
} as const;

/** Where on-call is notified. Without both topics, no one is. */
export interface NotificationConfig {
  /** Topic of what needs attention now. */
  readonly pageTopicArn?: string | undefined;
  /** Topic of what can wait until the next working day. */
  readonly ticketTopicArn?: string | undefined;
  /** @default `DEFAULT_RUNBOOK_BASE_URL` in `core/documents.ts` */
  readonly runbookBaseUrl?: string | undefined;
}

/** Everything that the refresher reads from its environment. */
export interface RefresherConfig
  extends Readonly<Record<NumberSettingName, number>>,
    NotificationConfig,
    MaybeFleet {
  readonly tableName: string;
  readonly secretPrefix: string;
  readonly declaredConnections: DeclaredConnections;
  readonly metricsPerConnection: MetricsPerConnection;
  /** Whether the `ROUTINE_METRICS` of `core/metrics.ts` are emitted. */
  readonly routineMetrics: boolean;
  /** State changes of connections that are put on the account's default event bus. */
  readonly stateChangeEvents: readonly ConnectionState[];
  /** Whether a refresh token that Zoho has rotated is stored. */
  readonly acceptRotatedRefreshTokens: boolean;
  /** During a move: prefix of the deployment whose tokens the rows that follow it republish. */
  readonly followSecretPrefix?: string | undefined;
}

/** Defaults for everything that a deployment need not set. */
export const DEFAULT_CONFIG: Pick<
  RefresherConfig,
  | NumberSettingName
  | 'stateChangeEvents'
  | 'acceptRotatedRefreshTokens'
  | 'metricsPerConnection'
  | 'routineMetrics'
> = {
  ...mapNumberSettings((setting) => setting.default),
  acceptRotatedRefreshTokens: ACCEPT_ROTATED_REFRESH_TOKENS.default,
  stateChangeEvents: STATE_CHANGE_EVENTS.default,
  metricsPerConnection: 'declared',
  routineMetrics: false,
};

/** `arn:<partition>:sns:<region>:<account>:<name>`. Captures the first three. */
export const TOPIC_ARN_PATTERN = /^arn:([\w-]+):sns:([\w-]+):(\d{12}):[\w-]{1,256}(?:\.fifo)?$/;

/** Thrown at cold start. Lists every variable that is wrong, not only the first. */
export class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError';
  readonly code = 'invalid_config';
}

/** The environment variables of the function for a configuration. The inverse of `parseConfig`. What is off, or the default of a choice, is left out. */
export function toEnvironment(config: RefresherConfig): Record<string, string> {
  const variables = SETTING_NAMES.flatMap((name) => {
    const value = config[name];
    if (value === undefined || value === false || value === 'declared') return [];
    return [[toVariableName(name), toText(value)]];
  });
  return Object.fromEntries(variables);
}

/** Parses the function's environment. Throws {@link InvalidConfigError} with every problem. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): RefresherConfig {
  const given = Object.fromEntries(
    SETTING_NAMES.map((name) => [name, environment[toVariableName(name)]]).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const parsed = configSchema.safeParse(given);
  const problems = parsed.success ? missingOfFleet(parsed.data) : parsed.error.issues.map(describeIssue);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new InvalidConfigError(
    `The environment variables of the refresher are invalid. Deploy the stack again to restore them.\n${problems.join('\n')}`,
  );
}

/** A fleet without one of its parts could not serve its connections. */
function missingOfFleet(config: MaybeFleet): string[] {
  const names = Object.keys(FLEET_SCHEMAS) as (keyof FleetConfig)[];
  if (names.every((name) => config[name] === undefined)) return [];
  return names
    .filter((name) => config[name] === undefined)
    .map((name) => `- ${toVariableName(name)}: is missing, and others of the fleet are given`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const [setting = '', ...path] = issue.path.map(String);
  // An invalid key has its own message one level deeper.
  const message = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
  return `- ${[toVariableName(setting), ...path].join('.')}: ${message}`;
}

/** `refreshMarginSeconds` is passed as `REFRESH_MARGIN_SECONDS`. */
function toVariableName(setting: string): string {
  return setting.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

function toText(value: NonNullable<RefresherConfig[keyof RefresherConfig]>): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const declaredConnectionsSchema = z.record(
  z.string().check(z.regex(CONNECTION_NAME_PATTERN, 'is not a connection name')),
  z.object({
    dataCenter: z.enum(DATA_CENTER_LOCATIONS),
    scopes: z.array(z.string()),
    severity: z.optional(z.enum(SEVERITIES)),
  }),
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

function wholeNumber({ min, max }: NumberSetting) {
  const allowed = `must be a whole number from ${min} to ${max}`;
  return z.pipe(
    z.string(`${allowed}, is missing`).check(z.regex(/^\d{1,6}$/, allowed)),
    z.pipe(z.transform(Number), z.number().check(z.gte(min, allowed), z.lte(max, allowed))),
  );
}

function trueOrMissing() {
  return z.pipe(
    z.optional(z.literal('true', 'must be true, or missing')),
    z.transform((text) => text === 'true'),
  );
}

const topicArn = z.string().check(z.regex(TOPIC_ARN_PATTERN, 'is not the ARN of an SNS topic'));

const tableName = z
  .string('must name the DynamoDB table, is missing')
  .check(z.minLength(1, 'must not be empty'));

const KNOWN_SHARDS = `must be one of ${FLEET_SHARDS.join(', ')}, or missing`;

/** Either all of these are given, or none. */
const FLEET_SCHEMAS = {
  fleetShards: z.optional(
    z.pipe(
      z.enum(FLEET_SHARDS.map(String), KNOWN_SHARDS),
      z.transform((text) => Number(text) as FleetShards),
    ),
  ),
  fleetRefreshesPerSecond: z.optional(wholeNumber(FLEET_REFRESHES_PER_SECOND)),
  tokensTableName: z.optional(tableName),
  credentialsTableName: z.optional(tableName),
  encryptionKeyArn: z.optional(z.string().check(z.regex(/^arn:[\w-]+:kms:/, 'is not the ARN of a KMS key'))),
};

const configSchema = z.object({
  tableName,
  secretPrefix: z
    .string('must be the prefix of the secrets, is missing')
    .check(z.regex(SECRET_PREFIX_PATTERN, 'is not a prefix of secret names')),
  declaredConnections: declaredConnectionsJson,
  metricsPerConnection: z._default(
    z.enum(METRICS_PER_CONNECTION, `must be one of ${METRICS_PER_CONNECTION.join(', ')}, or missing`),
    DEFAULT_CONFIG.metricsPerConnection,
  ),
  stateChangeEvents: stateChangeEventsList,
  routineMetrics: trueOrMissing(),
  acceptRotatedRefreshTokens: trueOrMissing(),
  followSecretPrefix: z.optional(
    z.string().check(z.regex(EARLIER_SECRET_PREFIX_PATTERN, 'is not a prefix of secret names')),
  ),
  pageTopicArn: z.optional(topicArn),
  ticketTopicArn: z.optional(topicArn),
  ...FLEET_SCHEMAS,
  runbookBaseUrl: z.optional(z.string().check(z.regex(/^https:\/\/\S{1,300}$/, 'is not an https URL'))),
  ...mapNumberSettings(wholeNumber),
});

const SETTING_NAMES = Object.keys(configSchema.shape) as (keyof RefresherConfig)[];
