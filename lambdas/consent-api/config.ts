import * as z from 'zod/mini';
import { SECRET_PREFIX_PATTERN } from '../core/connection/connection-name.ts';
import { SECRET_STORES } from '../core/connection/secret-store.ts';
import type { ConsentSettings } from '../core/invites/consent-ports.ts';
import { LONGEST_INVITE_HOURS } from '../core/invites/consent-requests.ts';
import { CONFIRMATIONS } from '../core/invites/expectation.ts';
import { parseJsonObject } from '../core/json.ts';

/** Everything that ConsentApi reads from its environment. */
export interface ConsentConfig extends ConsentSettings {
  readonly connectionsTable: string;
  readonly consentsTable: string;
  readonly keyArn: string;
  /** The table of credentials of the second store, in a fleet. */
  readonly credentialsTable?: string | undefined;
  /** ARN of the refresher's alias for operators. */
  readonly refresherTarget: string;
  /** Whether events are sent. */
  readonly sendsEvents: boolean;
  /** Of the stack, for the secrets that are created. */
  readonly stackTags: Readonly<Record<string, string>>;
}

/** Thrown at cold start. Lists every variable that is wrong. */
export class InvalidConsentConfigError extends Error {
  override readonly name = 'InvalidConsentConfigError';
  readonly code = 'invalid_config';
}

/** Parses the function's environment. Throws {@link InvalidConsentConfigError} with every problem. */
export function parseConsentConfig(environment: Readonly<Record<string, string | undefined>>): ConsentConfig {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, environment[name]] as const),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `- ${path[0]?.toString()}: ${message}`);
    throw new InvalidConsentConfigError(
      `The environment variables of ConsentApi are invalid. Deploy the stack again to restore them.\n${problems.join('\n')}`,
    );
  }
  const { data } = parsed;
  return {
    connectionsTable: data.CONNECTIONS_TABLE,
    consentsTable: data.CONSENTS_TABLE,
    secretPrefix: data.SECRET_PREFIX,
    keyArn: data.KEY_ARN,
    credentialsTable: data.CREDENTIALS_TABLE,
    connectedStore: data.CONNECTED_STORE,
    refresherTarget: data.REFRESHER_TARGET,
    baseUrl: data.BASE_URL,
    displayName: data.DISPLAY_NAME,
    returnUrls: data.RETURN_URLS,
    inviteHours: data.INVITE_HOURS,
    confirm: data.CONFIRM,
    sendsEvents: data.EVENTS === 'true',
    announcesEmail: data.EVENT_EMAIL === 'true',
    stackTags: data.STACK_TAGS,
  };
}

const text = z.string('is missing').check(z.minLength(1, 'must not be empty'));
const arn = (service: string) =>
  z
    .string('is missing')
    .check(z.regex(new RegExp(`^arn:[\\w-]+:${service}:`), `is not an ARN of ${service}`));
const flag = z.enum(['true', 'false'], 'must be true or false');

function isTags(value: unknown): value is Record<string, string> {
  return Object.values(Object(value)).every((tag) => typeof tag === 'string');
}

const schema = z.object({
  CONNECTIONS_TABLE: text,
  CONSENTS_TABLE: text,
  SECRET_PREFIX: z
    .string('is missing')
    .check(z.regex(SECRET_PREFIX_PATTERN, 'is not a prefix of secret names')),
  KEY_ARN: arn('kms'),
  /** These two in a fleet only. */
  CREDENTIALS_TABLE: z.optional(text),
  CONNECTED_STORE: z.optional(z.enum(SECRET_STORES, `must be one of ${SECRET_STORES.join(', ')}`)),
  REFRESHER_TARGET: arn('lambda'),
  BASE_URL: z
    .string('is missing')
    .check(z.regex(/^https?:\/\/[\w.:[\]-]{1,255}$/, 'must be an origin without a slash at the end')),
  DISPLAY_NAME: text,
  RETURN_URLS: z.pipe(
    z.string('is missing'),
    z.transform((json, context): string[] => {
      const list = parseJsonObject(`{"list":${json}}`)?.list;
      if (Array.isArray(list) && list.every((url) => typeof url === 'string' && URL.canParse(url)))
        return list;
      context.issues.push({ code: 'custom', message: 'must be a JSON list of URLs', input: json });
      return z.NEVER;
    }),
  ),
  INVITE_HOURS: z.pipe(
    z.string('is missing').check(z.regex(/^\d{1,3}$/, 'must be a whole number')),
    z.pipe(
      z.transform(Number),
      z
        .number()
        .check(
          z.gte(1, 'must be at least 1'),
          z.lte(LONGEST_INVITE_HOURS, `must be at most ${LONGEST_INVITE_HOURS}`),
        ),
    ),
  ),
  CONFIRM: z.enum(CONFIRMATIONS, `must be one of ${CONFIRMATIONS.join(', ')}`),
  EVENTS: flag,
  EVENT_EMAIL: flag,
  STACK_TAGS: z.pipe(
    z.string('is missing'),
    z.transform((json, context): Record<string, string> => {
      const tags = parseJsonObject(json);
      if (tags !== undefined && isTags(tags)) return tags;
      context.issues.push({ code: 'custom', message: 'must be a JSON object of texts', input: json });
      return z.NEVER;
    }),
  ),
});
