import { createZohoClient } from 'zoho-token-refresher/client';

const crm = createZohoClient({ connection: 'crm-prod' });
const desk = createZohoClient({ connection: 'desk-us' });

/** Counts leads in Zoho CRM and tickets in Zoho Desk, on the first page of each. */
export async function handler(): Promise<{ leads: number; tickets: number }> {
  try {
    const [leads, tickets] = await Promise.all([
      crm.fetch('/crm/v8/Leads?fields=Last_Name').then(countRecords),
      // Zoho Desk has a host of its own.
      desk.fetch('https://desk.zoho.com/api/v1/tickets').then(countRecords),
    ]);
    return { leads, tickets };
  } finally {
    await Promise.all([crm.flush(), desk.flush()]);
  }
}

async function countRecords(response: Response): Promise<number> {
  // Zoho answers 204 if there are no records.
  if (response.status === 204) return 0;
  if (!response.ok) throw new Error(`${new URL(response.url).hostname} answered ${response.status}.`);
  const { data } = (await response.json()) as { data: unknown[] };
  return data.length;
}
