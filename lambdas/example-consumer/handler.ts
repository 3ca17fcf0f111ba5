import { createZohoClient } from '../client/index.ts';
import { countLeads, type LeadCount } from './count-leads.ts';

/** An example of a Lambda that uses a connection. It is deployed only if the configuration names its connection. */
const zoho = createZohoClient({ connection: process.env.ZOHO_CONNECTION ?? '' });

export async function handler(): Promise<LeadCount> {
  try {
    return await countLeads(zoho);
  } finally {
    await zoho.flush();
  }
}
