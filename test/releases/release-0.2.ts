import type { requestRefresh } from '../../cli/refresher/request-refresh.ts';
import type { ZohoClient, ZohoClientOptions } from '../../lambdas/client/index.ts';
import type { composeRefresher } from '../../lambdas/refresher/compose-refresher.ts';

/** The client library of 0.2, as far as tests use it. The clock had no signal, and there were fewer options. */
export interface ClientOf02 {
  readonly createZohoClient: (
    options: Pick<
      ZohoClientOptions,
      | 'clock'
      | 'connection'
      | 'fetch'
      | 'lambdaClient'
      | 'metrics'
      | 'refresherFunctionName'
      | 'secretPrefix'
      | 'secretsManagerClient'
    >,
  ) => Pick<ZohoClient, 'fetch' | 'getAccessToken'>;
}

/** The library of 0.2, as a process that has just started: it gives each of its warnings once. */
export async function loadClient(process: string): Promise<ClientOf02> {
  const file = new URL('0.2/client.mjs', import.meta.url);
  return (await import(/* @vite-ignore */ `${file.href}?${process}`)) as ClientOf02;
}

/** How `zoho-tokens` of 0.2 asks for a token. */
export async function loadRequestRefresh(): Promise<typeof requestRefresh> {
  const file = new URL('0.2/request-refresh.mjs', import.meta.url);
  return ((await import(/* @vite-ignore */ file.href)) as { requestRefresh: typeof requestRefresh })
    .requestRefresh;
}

/** The refresher of 0.2. */
export async function loadRefresher(): Promise<typeof composeRefresher> {
  const file = new URL('0.2/refresher.mjs', import.meta.url);
  return ((await import(/* @vite-ignore */ file.href)) as { composeRefresher: typeof composeRefresher })
    .composeRefresher;
}
