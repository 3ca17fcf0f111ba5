import { createZohoClient, type ZohoClient } from './create-zoho-client.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import type { ZohoClientOptions } from './zoho-client-options.ts';

/**
 * What {@link zohoAccessToken} adds to the invocation's context as `context.zoho`: the token at the start of the invocation,
 * and the client's methods. A long invocation uses `fetch`, or calls `getAccessToken()` again. `accessToken` is not
 * enumerable, so that logging the context does not show it.
 *
 * @example
 * const { apiDomain, accessToken } = context.zoho;
 */
export interface ZohoContext
  extends Pick<
      ZohoAccessToken,
      'accessToken' | 'apiDomain' | 'dataCenter' | 'scope' | 'generation' | 'expiresAt'
    >,
    Pick<ZohoClient, 'fetch' | 'getAccessToken' | 'reportRejected' | 'reportAccepted'> {}

/**
 * A middleware as middy's `use` takes it. It is declared here, so that only users of middy need middy's types.
 *
 * @example
 * const middleware: ZohoMiddleware = zohoAccessToken({ connection: 'crm-prod' });
 */
export interface ZohoMiddleware {
  before(request: { readonly context: InvocationContext & { zoho: ZohoContext } }): Promise<void>;
  after(): Promise<void>;
  onError(): Promise<void>;
}

/** What Lambda passes to every invocation: the required members of `Context` in `@types/aws-lambda`. */
interface InvocationContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  succeed(messageOrObject: unknown): void;
  succeed(message: string, object: unknown): void;
}

/**
 * A middy middleware that reads a valid token before the handler and sends the metrics after it. Without a valid token the
 * invocation fails with `ZohoClientError`.
 *
 * @example
 * export const handler = middy()
 *   .use(zohoAccessToken({ connection: 'crm-prod' }))
 *   .handler(async (_event, { zoho }) => (await zoho.fetch('/crm/v8/Leads?fields=Last_Name')).json());
 */
export function zohoAccessToken(options: ZohoClientOptions): ZohoMiddleware {
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

const contextOf = (client: ZohoClient, token: ZohoAccessToken): ZohoContext => {
  const { flush, droppedCalls, ...methods } = client;
  const shown = { ...token, ...methods };
  return Object.defineProperty(shown, 'accessToken', { get: () => token.accessToken, enumerable: false });
};
