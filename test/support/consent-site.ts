import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createConsentApi } from '../../lambdas/consent-pages/consent-api.ts';
import { createPagesHandler, type PagesHandler } from '../../lambdas/consent-pages/create-pages-handler.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { routesTo } from '../../sandbox/deployment/zoho-router.ts';
import { ConsentDesk } from './consent-desk.ts';
import { SAMPLE_BRAND } from './consent-page-samples.ts';

const CONSENT_API = 'consent-api';

/** The public pages at an address of this machine, for browsers; behind them ConsentApi and Zoho. */
export interface ConsentSite {
  /** e.g. `http://localhost:43127`. Zoho is at 127.0.0.1, which is another site for a browser. */
  readonly origin: string;
  readonly desk: ConsentDesk;
  close(): Promise<void>;
}

/** `changes`: of ConsentApi's environment. */
export async function startConsentSite(changes: Readonly<Record<string, string>> = {}): Promise<ConsentSite> {
  let handler: PagesHandler;
  const server = createServer((incoming, response) => {
    void answer(incoming).then(({ statusCode, headers, cookies = [], body = '' }) => {
      for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, String(value));
      response.writeHead(statusCode, cookies.length > 0 ? { 'set-cookie': cookies } : {}).end(body);
    });
  });
  const answer = async (incoming: IncomingMessage) => await handler(await toEvent(incoming));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const desk = await ConsentDesk.start({ BASE_URL: origin, ...changes });
  const lambda = await startLambdaEndpoint({
    functions: { [CONSENT_API]: async (event) => toThisMachine(desk, await desk.invoke('pages', event)) },
    aliases: { [CONSENT_API]: ['pages'] },
  });
  const client = new LambdaClient(clientConfigFor(lambda.endpoint));
  const arn = `arn:aws:lambda:eu-west-1:000000000000:function:${CONSENT_API}:pages`;
  handler = createPagesHandler({
    consentApi: createConsentApi(client, arn, ({ reason }) => console.error(reason)),
    brand: { ...SAMPLE_BRAND, host: new URL(origin).host },
    newBrowser: () => randomBytes(32).toString('base64url'),
    report: () => {},
  });
  return {
    origin,
    desk,
    close: async () => {
      client.destroy();
      await closed(server);
      await lambda.close();
      await desk.close();
    },
  };
}

/** As API Gateway's HTTP API does (payload format 2.0): cookies stand apart, and names of headers are in lower case. */
async function toEvent(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  const { method = '', url = '', headers } = incoming;
  const [rawPath, rawQueryString = ''] = url.split(/\?(.*)/s);
  const { cookie, ...others } = headers;
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, String(value)])),
    requestContext: { http: { method, path: rawPath } },
    body: await text(incoming),
    isBase64Encoded: false,
  };
}

/** Sends the browser to the simulated accounts server in the place of the real one. */
function toThisMachine({ deployment }: ConsentDesk, answer: unknown): unknown {
  const { kind, url } = answer as { readonly kind: string; readonly url?: string };
  if (kind !== 'redirect' || url === undefined) return answer;
  const { host, pathname, search } = new URL(url);
  const simulator = routesTo(deployment.zoho)[host];
  return simulator === undefined ? answer : { kind, url: `${simulator}${pathname}${search}` };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
