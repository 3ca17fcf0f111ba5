import { expect, it } from 'vitest';
import type { ZohoClient, ZohoClientErrorCode } from '../../lambdas/client/index.ts';

/** A client, and control over what is behind it. */
export interface ClientUnderTest {
  readonly zoho: ZohoClient;
  /** Makes Zoho answer calls to this path with this JSON. */
  answer(path: string, json: object): void;
  /** Makes Zoho reject the token of the next calls. */
  rejectToken(times: number): void;
  /** How many requests Zoho received. */
  readonly requests: () => number;
  /** Brings what is behind the client into the state that causes this error, and forgets the token in memory. */
  fail(code: FailureCode): void;
}

type FailureCode = Extract<ZohoClientErrorCode, 'not_authorized' | 'malformed_token' | 'secret_unavailable'>;

/** Facts about a client that hold for the real one and for the fake of `./testing`. */
export function describeZohoClient(start: () => ClientUnderTest): void {
  it('returns a token that printing does not show', async () => {
    const token = await start().zoho.getAccessToken();

    expect(token.accessToken).not.toBe('');
    expect(JSON.stringify(token)).not.toContain(token.accessToken);
    expect(token).toMatchObject({ dataCenter: 'eu', apiDomain: 'https://www.zohoapis.eu', generation: 1 });
  });

  it("returns Zoho's answer", async () => {
    const { zoho, answer } = start();
    answer('/crm/v8/Leads', { data: [{ id: '7' }] });

    const response = await zoho.fetch('/crm/v8/Leads?fields=Last_Name');

    expect(await response.json()).toEqual({ data: [{ id: '7' }] });
  });

  it('gets a newer token and repeats the call once when Zoho rejects the token', async () => {
    const { zoho, answer, rejectToken, requests } = start();
    answer('/crm/v8/Leads', { data: [] });
    rejectToken(1);

    const { status } = await zoho.fetch('/crm/v8/Leads');

    expect({ status, requests: requests() }).toEqual({ status: 200, requests: 2 });
    expect((await zoho.getAccessToken()).generation).toBe(2);
  });

  it('returns a second rejection in a row', async () => {
    const { zoho, rejectToken, requests } = start();
    rejectToken(2);

    const { status } = await zoho.fetch('/crm/v8/Leads');

    expect({ status, requests: requests() }).toEqual({ status: 401, requests: 2 });
  });

  it.each([
    ['https://example.com/', 'forbidden_host'],
    ['https://www.zohoapis.com/crm/v8/Leads', 'forbidden_host'],
    ['http://', 'invalid_url'],
  ])('refuses to send the token to %s', async (url, code) => {
    const { zoho, requests } = start();

    await expect(zoho.fetch(url)).rejects.toMatchObject({ name: 'ZohoClientError', code });
    expect(requests()).toBe(0);
  });

  it.each(['not_authorized', 'malformed_token', 'secret_unavailable'] as const)(
    'rejects with %s',
    async (code) => {
      const { zoho, fail } = start();
      fail(code);

      await expect(zoho.getAccessToken()).rejects.toMatchObject({ name: 'ZohoClientError', code });
      await expect(zoho.fetch('/crm/v8/Leads')).rejects.toMatchObject({ code });
    },
  );
}
