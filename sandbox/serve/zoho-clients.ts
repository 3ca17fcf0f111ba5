import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { LOCATIONS, type Location } from '../zoho/data-centers.ts';
import type { ClientCredentials, ClientRegistration } from '../zoho/zoho-simulator.ts';
import type { OwnAnswer } from './front-door.ts';

const location = z.enum(LOCATIONS as readonly [Location, ...Location[]]);
const registrationSchema = z.strictObject({
  dataCenter: location,
  redirectUris: z.array(z.string()).optional(),
  sharedCredentials: z.boolean().optional(),
  accountLocation: location.optional(),
});

const MAX_BYTES = 65_536;

/**
 * `POST /zoho-clients`, in place of Zoho's API console. Only JSON is accepted, because a browser sends a form of another site
 * without asking, but not JSON.
 */
export async function answerZohoClients(
  incoming: IncomingMessage,
  register: (registration: ClientRegistration) => ClientCredentials,
): Promise<OwnAnswer> {
  if (incoming.method !== 'POST') return refusal(405, `Only POST is supported, was ${incoming.method}.`);
  if (!/^application\/json\b/.test(incoming.headers['content-type'] ?? ''))
    return refusal(415, 'The content-type must be application/json.');

  const body = await readBody(incoming);
  if (body === undefined) return refusal(413, `The body is longer than ${MAX_BYTES} bytes.`);
  const parsed = registrationSchema.safeParse(parseJson(body));
  if (!parsed.success) return refusal(400, z.prettifyError(parsed.error));
  try {
    return json(201, register(withoutUndefined(parsed.data)));
  } catch (error) {
    return refusal(400, (error as Error).message);
  }
}

function withoutUndefined(registration: z.infer<typeof registrationSchema>): ClientRegistration {
  const { dataCenter, redirectUris, sharedCredentials, accountLocation } = registration;
  return {
    dataCenter,
    ...(redirectUris === undefined ? {} : { redirectUris }),
    ...(sharedCredentials === undefined ? {} : { sharedCredentials }),
    ...(accountLocation === undefined ? {} : { accountLocation }),
  };
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined if it is not JSON: the schema refuses that. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refusal(status: number, error: string): OwnAnswer {
  return json(status, { error });
}

function json(status: number, body: object): OwnAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(body)}\n` };
}
