import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { LOCATIONS, type Location } from '../zoho/data-centers.ts';
import type { ClientCredentials, ClientRegistration } from '../zoho/zoho-simulator.ts';
import { jsonPage, type OwnAnswer, readJson, refusal } from './own-answer.ts';

const location = z.enum(LOCATIONS as readonly [Location, ...Location[]]);
const registrationSchema = z.strictObject({
  dataCenter: location,
  redirectUris: z.array(z.string()).optional(),
  sharedCredentials: z.boolean().optional(),
  accountLocation: location.optional(),
});

/** `POST /zoho-clients`, in place of Zoho's API console. */
export async function answerZohoClients(
  incoming: IncomingMessage,
  register: (registration: ClientRegistration) => ClientCredentials,
): Promise<OwnAnswer> {
  if (incoming.method !== 'POST') return refusal(405, `Only POST is supported, was ${incoming.method}.`);
  const body = await readJson(incoming);
  if (!body.ok) return body.refusal;
  const parsed = registrationSchema.safeParse(body.json);
  if (!parsed.success) return refusal(400, z.prettifyError(parsed.error));
  try {
    return jsonPage(201, register(withoutUndefined(parsed.data)));
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
