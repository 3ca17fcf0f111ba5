import * as z from 'zod/mini';
import type { PageAnswer } from '../core/invites/consent-answers.ts';

const text = z.string();
const optionalText = z.optional(z.string());
const connection = text;

/** Only https, or this machine in the sandbox: ConsentApi checked where it leads. */
const address = text.check(z.regex(/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])[\x21-\x7e]+$/));

const schema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('invite'),
    connection,
    label: optionalText,
    display_name: text,
    client_id_host: text,
    scopes: z.array(text),
    expects: z.optional(
      z.object({
        ...{ email: optionalText, email_domain: optionalText },
        ...{ org_id: optionalText, data_center: optionalText },
      }),
    ),
    account_host: optionalText,
    mode: z.enum(['direct', 'confirm', 'platform']),
    expires_at: text,
  }),
  z.object({ kind: z.literal('redirect'), url: address }),
  z.object({
    kind: z.literal('done'),
    connection,
    consented_by: optionalText,
    org_name: optionalText,
    token_live: z.boolean(),
  }),
  z.object({ kind: z.literal('received'), connection, consented_by: optionalText, org_name: optionalText }),
  z.object({ kind: z.literal('declined'), connection }),
  z.object({ kind: z.literal('no-account'), connection, products: z.array(text) }),
  z.object({ kind: z.literal('too-many'), connection }),
  z.object({ kind: z.literal('failed'), connection, reason: text, retryable: z.boolean() }),
  z.object({ kind: z.enum(['other-browser', 'expired', 'used', 'removed', 'unknown', 'unavailable']) }),
]);

/** What ConsentApi answered, or undefined if that is no answer of it. */
export function parsePageAnswer(answer: unknown): PageAnswer | undefined {
  const parsed = schema.safeParse(answer);
  return parsed.success ? (parsed.data as PageAnswer) : undefined;
}
