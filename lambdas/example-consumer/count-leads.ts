import type { ZohoClient } from '../client/index.ts';

/** How many leads Zoho returned. */
export interface LeadCount {
  /** HTTP status of Zoho's response. */
  readonly status: number;
  readonly leads: number;
}

/** Counts the leads on the first page of Zoho CRM. */
export async function countLeads(zoho: Pick<ZohoClient, 'fetch'>): Promise<LeadCount> {
  const response = await zoho.fetch('/crm/v8/Leads?fields=Last_Name');
  if (!response.ok) return { status: response.status, leads: 0 };
  const { data = [] } = (await response.json()) as { data?: unknown[] };
  return { status: response.status, leads: data.length };
}
