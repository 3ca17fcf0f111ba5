import { z } from 'zod';
import { LOCATIONS, type Location } from '../zoho/data-centers.ts';

const dataCenter = z.enum(LOCATIONS as readonly [Location, ...Location[]]).optional();
const times = z.int().min(1).max(1_000).optional();
const ofZoho = { dataCenter, times };
const at = z.enum(['api', 'tokens']).default('api');
const connection = z.string();
const service = z.enum(['secretsmanager', 'lambda']);
const shard = z.int().min(0);

/** A body of `POST /faults`. Without `times`, a fault lasts until `DELETE /faults`. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('revoke-token'), connection }),
  z.strictObject({ kind: z.literal('expire-token'), connection }),
  z.strictObject({ kind: z.literal('revoke-authorization'), connection }),
  z.strictObject({ kind: z.literal('regenerate-secret'), connection, keepsOld: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('missing-scope'), ...ofZoho }),
  z.strictObject({ kind: z.literal('proxy-401'), ...ofZoho }),
  z.strictObject({ kind: z.literal('throttle'), ...ofZoho }),
  z.strictObject({ kind: z.literal('zoho-5xx'), at, ...ofZoho }),
  z.strictObject({ kind: z.literal('zoho-hang'), at, ...ofZoho }),
  z.strictObject({ kind: z.literal('zoho-slow'), seconds: z.number().min(0.001).max(300), at, ...ofZoho }),
  z.strictObject({ kind: z.literal('aws-hang'), service, times }),
  z.strictObject({ kind: z.literal('aws-denied'), service, times }),
  z.strictObject({ kind: z.literal('stop-refresher') }),
  z.strictObject({ kind: z.literal('start-refresher') }),
  z.strictObject({ kind: z.literal('stop-shard'), shard }),
  z.strictObject({ kind: z.literal('start-shard'), shard }),
]);

/** A fault as the request describes it. */
export type FaultRequest = z.infer<typeof faultSchema>;
/** A fault that happens once, at once. */
export type SuddenFault = Extract<FaultRequest, { connection: string }>;
/** Stops schedules until it is undone. */
export type ScheduleStop = Extract<FaultRequest, { kind: 'stop-refresher' | 'stop-shard' }>;
/** Undoes a {@link ScheduleStop}. */
export type ScheduleStart = Extract<FaultRequest, { kind: 'start-refresher' | 'start-shard' }>;
/** A fault of requests that are still to come. */
export type LastingFault = Exclude<FaultRequest, SuddenFault | ScheduleStop | ScheduleStart>;

/** One example of each kind, with its meaning. The page and the guide show them. */
export const FAULT_EXAMPLES: readonly {
  readonly body: z.input<typeof faultSchema>;
  readonly meaning: string;
}[] = [
  {
    body: { kind: 'revoke-token', connection: 'crm-prod' },
    meaning: 'Zoho rejects the published token, at once. A refresh helps.',
  },
  {
    body: { kind: 'expire-token', connection: 'crm-prod' },
    meaning: 'The published token expires, at once. The next tick replaces it.',
  },
  {
    body: { kind: 'revoke-authorization', connection: 'crm-prod' },
    meaning: 'The user revokes the authorization. Only authorize helps.',
  },
  {
    body: { kind: 'regenerate-secret', connection: 'crm-prod' },
    meaning:
      'The owner of the connection\'s client regenerates its secret in the API console. The answer has the new one. With "keepsOld":true Zoho still accepts the old one.',
  },
  { body: { kind: 'missing-scope', times: 1 }, meaning: 'API calls get the scope error of the product.' },
  { body: { kind: 'proxy-401', times: 1 }, meaning: 'API calls get a 401 with HTML, as from a proxy.' },
  { body: { kind: 'throttle', dataCenter: 'eu' }, meaning: 'Zoho throttles token requests.' },
  {
    body: { kind: 'zoho-5xx', at: 'tokens' },
    meaning: 'HTTP 503 with HTML, for API calls (at "api", the default) or token requests (at "tokens").',
  },
  { body: { kind: 'zoho-hang', times: 1 }, meaning: 'Zoho accepts the request and never answers.' },
  { body: { kind: 'zoho-slow', seconds: 5 }, meaning: 'Zoho answers late.' },
  {
    body: { kind: 'aws-hang', service: 'secretsmanager' },
    meaning:
      'GetSecretValue (or, with "lambda", Invoke) never answers. The refresher is not affected by faults of AWS.',
  },
  { body: { kind: 'aws-denied', service: 'lambda' }, meaning: 'The same call gets AccessDeniedException.' },
  {
    body: { kind: 'stop-refresher' },
    meaning: 'No schedule runs: neither that of declared connections nor those of shards.',
  },
  { body: { kind: 'start-refresher' }, meaning: 'The schedules run again.' },
  { body: { kind: 'stop-shard', shard: 0 }, meaning: 'The schedule of one shard does not run.' },
  { body: { kind: 'start-shard', shard: 0 }, meaning: 'It runs again.' },
];

/** Explains what is wrong with a body. */
export function explainFault(error: z.ZodError, given: unknown): string {
  const kinds = FAULT_EXAMPLES.map(({ body }) => body.kind);
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : undefined;
  const example = FAULT_EXAMPLES.find(({ body }) => body.kind === kind);
  return example === undefined
    ? `The body must be a JSON object whose "kind" is one of ${kinds.join(', ')}.`
    : `${z.prettifyError(error)}\nExample: ${JSON.stringify(example.body)}`;
}
