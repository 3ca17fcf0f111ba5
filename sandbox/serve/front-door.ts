import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseAccess, refuseUnknownService } from '../aws/refusal.ts';
import { HOST_HEADER, MAX_HEADER_BYTES } from '../zoho/listener.ts';
import { destinationOf, type Services } from './destination.ts';
import { forward } from './forward.ts';
import type { OwnAnswer } from './own-answer.ts';

/** What the front door answers itself. */
interface FrontDoorOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly services: Services;
  /** By their path. Each gets the address that the browser or tool has used. */
  readonly pages: Readonly<
    Record<string, (request: IncomingMessage, origin: string) => OwnAnswer | Promise<OwnAnswer>>
  >;
  /** The fault that a request to AWS meets here. */
  readonly faultOf: (service: string, request: IncomingMessage) => 'hang' | 'denied' | undefined;
}

/** The one address. */
interface FrontDoor {
  /** e.g. `http://127.0.0.1:4610`. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. Throws an error that says so if the port is in use. */
export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, response) => {
    answer(incoming, response, portOf(server.address()), options).catch((error: unknown) =>
      sendText(response, 500, `The sandbox failed: ${String(error)}`),
    );
  });
  // SDKs reuse connections. Closing idle ones would make a request fail now and then.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, options.port)));
    server.listen(options.port, '127.0.0.1', resolve);
  });

  return {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  port: number,
  { services, pages, faultOf }: FrontDoorOptions,
): Promise<void> {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host = '', origin } = incoming.headers;
  // A foreign web page can make a browser send requests here, under a host name that resolves to this machine.
  const isAddressedHere = hosts.includes(host);
  const isFromHere = origin === undefined || hosts.some((own) => origin === `http://${own}`);
  if (!isAddressedHere || !isFromHere)
    return sendText(
      response,
      403,
      `The sandbox answers only requests to ${hosts.join(' and ')} that come from no other site.`,
    );

  const destination = destinationOf(incoming, services, Object.keys(pages));
  switch (destination.kind) {
    case 'aws': {
      const fault = faultOf(destination.service, incoming);
      if (fault === 'denied') return sendRefusal(response, refuseAccess(incoming.headers));
      if (fault === undefined) forward(incoming, response, new URL(destination.origin + destination.path));
      return;
    }
    case 'zoho':
      return forward(incoming, response, new URL(destination.origin + destination.path), {
        [HOST_HEADER]: destination.host,
      });
    case 'unknown-aws-service':
      return sendRefusal(response, refuseUnknownService(destination.service, incoming.headers));
    case 'own': {
      const page = pages[destination.page];
      if (page !== undefined) send(response, await page(incoming, `http://${host}`));
      return;
    }
    case 'unknown-zoho-host': {
      const known = Object.keys({ ...services.zohoAccounts, ...services.zohoApis }).join(', ');
      return sendText(response, 404, `"${destination.host}" is not simulated. Simulated hosts: ${known}.`);
    }
    case 'nothing':
      return sendText(
        response,
        404,
        `Nothing found at this address. See http://${host}/ for what is available.`,
      );
  }
}

function sendRefusal(
  response: ServerResponse,
  { status, contentType, headers, body }: ReturnType<typeof refuseAccess>,
): void {
  response.writeHead(status, { 'content-type': contentType, ...headers });
  response.end(body);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, { status, contentType: 'text/plain;charset=UTF-8', body: `${text}\n` });
}

function send(response: ServerResponse, { status, contentType, body }: OwnAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' });
  response.end(body);
}

function explain(error: Error, port: number): Error {
  const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  return isTaken
    ? new Error(
        `Port ${port} of 127.0.0.1 is in use. Stop the process that uses it, or choose another with --port (0 for any free port).`,
      )
    : error;
}

function portOf(address: string | AddressInfo | null): number {
  return (address as AddressInfo).port;
}
