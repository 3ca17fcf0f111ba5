import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { createZohoClient, type ZohoClient, type ZohoClientOptions } from './create-zoho-client.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';

/**
 * What `zohoAccessToken()` puts into the invocation's context as `context.zoho`: the token as it was when the invocation
 * began, and the client. A long invocation uses `fetch`, or asks `getAccessToken()` again. `accessToken` is not enumerable: a
 * context that is logged does not show it.
 */
export interface ZohoContext
  extends Pick<
      ZohoAccessToken,
      'accessToken' | 'apiDomain' | 'dataCenter' | 'scope' | 'generation' | 'expiresAt'
    >,
    Pick<ZohoClient, 'fetch' | 'getAccessToken'> {}

/**
 * A middy middleware: reads a valid token before the handler (an invocation without one fails with `ZohoClientError`), and
 * hands over the metrics after it.
 */
export function zohoAccessToken(
  options: ZohoClientOptions,
): MiddlewareObj<unknown, unknown, Error, Context & { zoho: ZohoContext }> {
  const client = createZohoClient(options);
  const flush = () => client.flush();
  return {
    before: async ({ context }) => {
      Object.assign(context, { zoho: contextOf(client, await client.getAccessToken()) });
    },
    after: flush,
    onError: flush,
  };
}

function contextOf({ fetch, getAccessToken }: ZohoClient, token: ZohoAccessToken): ZohoContext {
  const { apiDomain, dataCenter, scope, generation, expiresAt } = token;
  const shown = { apiDomain, dataCenter, scope, generation, expiresAt, fetch, getAccessToken };
  return Object.defineProperty(shown, 'accessToken', {
    get: () => token.accessToken,
    enumerable: false,
  }) as ZohoContext;
}
