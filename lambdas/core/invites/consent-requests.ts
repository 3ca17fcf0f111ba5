import * as z from 'zod/mini';
import { CONNECTION_NAME_PATTERN } from '../connection/connection-name.ts';
import { describeGiven, firstOf } from '../describe-given.ts';
import { toSingleLine } from '../single-line.ts';
import { DATA_CENTER_LOCATIONS } from '../zoho/data-centers.ts';
import { isScope } from '../zoho/scopes.ts';
import { INVITE_MODES } from './invite-status.ts';

export type * from './consent-answers.ts';
export type * from './invite-status.ts';

/** The request is invalid. The message names every problem and quotes no value at length. */
export class InvalidConsentRequestError extends Error {
  override readonly name = 'InvalidConsentRequestError';
  readonly code = 'invalid_request';
}

/** At most a week. */
export const LONGEST_INVITE_HOURS = 168;
export const LONGEST_INVITE_SECONDS = LONGEST_INVITE_HOURS * 3600;
const SHORTEST_INVITE_SECONDS = 60;
export const LONGEST_LABEL = 80;
const LONGEST_SUBJECT = 256;
const LONGEST_URL = 1024;
/** Of the raw query of a callback. */
export const LONGEST_QUERY_BYTES = 8 * 1024;
const MOST_SCOPES = 60;
const MOST_PROBLEMS = 8;

const name = z
  .string('must be a name')
  .check(z.regex(CONNECTION_NAME_PATTERN, 'must be letters, digits, - and _, at most 64 of them'));
const line = (longest: number) =>
  z
    .string('must be a text')
    .check(
      z.refine(
        (text) => text !== '' && text.length <= longest && toSingleLine(text) === text,
        `must be one line of 1 to ${longest} characters`,
      ),
    );
/** 16 random bytes. */
const inviteId = z
  .string('must be the id of an invite')
  .check(z.regex(/^[\w-]{22}$/, 'is not the id of an invite'));

const createSchema = z.strictObject({
  action: z.literal('create-invite'),
  connection: name,
  client: name,
  scopes: z.optional(
    z
      .array(
        z.string('must be a scope').check(z.refine(isScope, 'is not a scope such as ZohoCRM.modules.ALL')),
      )
      .check(
        z.minLength(1, 'must not be empty'),
        z.maxLength(MOST_SCOPES, `must have at most ${MOST_SCOPES} entries`),
      ),
  ),
  data_center: z.optional(
    z.enum(DATA_CENTER_LOCATIONS, `must be one of ${DATA_CENTER_LOCATIONS.join(', ')}`),
  ),
  create: z.optional(z.boolean('must be true or false')),
  mode: z.optional(z.enum(INVITE_MODES, `must be one of ${INVITE_MODES.join(', ')}`)),
  subject: z.optional(line(LONGEST_SUBJECT)),
  return_url: z.optional(line(LONGEST_URL)),
  expect: z.optional(
    z.strictObject({
      email: z.optional(
        z.string().check(z.regex(/^[^\s@]{1,64}@[^\s@]{1,190}$/, 'must be an email address')),
      ),
      email_domain: z.optional(
        z
          .string()
          .check(z.regex(/^(?=.{3,190}$)[^\s@.]+(\.[^\s@.]+)+$/, 'must be a domain such as acme.example')),
      ),
      org_id: z.optional(
        z.string('must be a text').check(z.regex(/^\d{1,32}$/, 'must be the digits of a zgid')),
      ),
    }),
  ),
  identify: z.optional(z.boolean('must be true or false')),
  expires_in_seconds: z.optional(
    z
      .int('must be a whole number')
      .check(
        z.gte(SHORTEST_INVITE_SECONDS, `must be at least ${SHORTEST_INVITE_SECONDS}`),
        z.lte(LONGEST_INVITE_SECONDS, `must be at most ${LONGEST_INVITE_SECONDS}`),
      ),
  ),
  label: z.optional(line(LONGEST_LABEL)),
  idempotency_key: z.optional(
    z
      .string('must be a text')
      .check(z.regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters without spaces')),
  ),
  principal: z.optional(line(LONGEST_SUBJECT)),
});

const callersSchemas = {
  'create-invite': createSchema,
  'get-invite': z.strictObject({ action: z.literal('get-invite'), id: inviteId }),
  'list-invites': z.strictObject({
    action: z.literal('list-invites'),
    connection: z.optional(name),
    next: z.optional(z.string('must be a text').check(z.regex(/^[\w-]{1,200}$/, 'is not the end of a page'))),
  }),
  'complete-invite': z.strictObject({
    action: z.literal('complete-invite'),
    id: inviteId,
    subject: z.optional(line(LONGEST_SUBJECT)),
    session: z.optional(z.string('must be a text').check(z.regex(/^[\w-]{1,200}$/, 'is not a session'))),
  }),
  'reject-invite': z.strictObject({ action: z.literal('reject-invite'), id: inviteId }),
  'cancel-invite': z.strictObject({ action: z.literal('cancel-invite'), id: inviteId }),
};

/** What comes from a browser is only bounded here: a visitor gets a page, never the reason why a text is refused. */
const browserText = (longest: number) => z.string().check(z.maxLength(longest, 'is too long'));
const pagesSchemas = {
  view: z.strictObject({ action: z.literal('view'), token: browserText(200) }),
  begin: z.strictObject({ action: z.literal('begin'), token: browserText(200), browser: browserText(200) }),
  callback: z.strictObject({
    action: z.literal('callback'),
    query: browserText(LONGEST_QUERY_BYTES),
    browser: z.optional(browserText(200)),
  }),
};

const scheduleSchemas = { sweep: z.strictObject({ action: z.literal('sweep') }) };

type RequestOf<Schemas extends Record<string, z.ZodMiniType>> = z.infer<Schemas[keyof Schemas]>;

export type CreateInviteRequest = z.infer<typeof createSchema>;
export type CallersRequest = RequestOf<typeof callersSchemas>;
export type PagesRequest = RequestOf<typeof pagesSchemas>;
export type ScheduleRequest = RequestOf<typeof scheduleSchemas>;

/** Each throws {@link InvalidConsentRequestError}. */
export const parseCallersRequest = (event: unknown): CallersRequest => parseWith(callersSchemas, event);
export const parsePagesRequest = (event: unknown): PagesRequest => parseWith(pagesSchemas, event);
export const parseScheduleRequest = (event: unknown): ScheduleRequest => parseWith(scheduleSchemas, event);

function parseWith<Schemas extends Record<string, z.ZodMiniType>>(
  schemas: Schemas,
  event: unknown,
): RequestOf<Schemas> {
  const action = typeof event === 'object' && event !== null && 'action' in event ? event.action : undefined;
  const schema = typeof action === 'string' && Object.hasOwn(schemas, action) ? schemas[action] : undefined;
  if (schema === undefined)
    throw new InvalidConsentRequestError(
      `action must be one of ${Object.keys(schemas).join(', ')}, is ${describeGiven(action)}.`,
    );
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data as RequestOf<Schemas>;
  const problems = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown ${firstOf(issue.keys.map(describeGiven), MOST_PROBLEMS).join(', ')}`
      : `${issue.path.join('.')} ${issue.message}`,
  );
  throw new InvalidConsentRequestError(`${firstOf(problems, MOST_PROBLEMS).join('; ')}.`);
}
