import { createZohoClient, type ZohoClient, ZohoClientError } from 'zoho-token-refresher/client';

/** One client per execution environment: it caches the token. */
const zoho = createZohoClient({ connection: 'crm-prod' });

/** The handler of a Lambda function that has `zoho.connection('crm-prod').attachTo(fn)` in its stack. */
export async function handler(): Promise<{ leads: number }> {
  try {
    return { leads: await countLeads(zoho) };
  } catch (error) {
    // The code is stable, the message says what to do, and neither contains a token.
    if (error instanceof ZohoClientError) console.error(`${error.code}: ${error.message}`);
    throw error;
  } finally {
    await zoho.flush();
  }
}

/** Counts the leads on the first page of Zoho CRM. */
export async function countLeads(zoho: Pick<ZohoClient, 'fetch'>): Promise<number> {
  const response = await zoho.fetch('/crm/v8/Leads?fields=Last_Name');
  // Zoho CRM answers 204 if there are no records.
  if (response.status === 204) return 0;
  if (!response.ok) throw new Error(`Zoho CRM answered ${response.status}.`);
  const { data } = (await response.json()) as { data: unknown[] };
  return data.length;
}
