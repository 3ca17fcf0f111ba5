import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseUnknownService } from '../aws/unknown-service.ts';
import { destinationOf, type Services } from './destination.ts';
import { forward } from './forward.ts';

/** An answer that the front door makes itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What the front door answers itself. */
interface FrontDoorOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly services: Services;
  readonly homePage: (origin: string) => OwnAnswer;
  readonly registerZohoClient: (request: IncomingMessage) => Promise<OwnAnswer>;
}

/** The one address. */
interface FrontDoor {
  /** e.g. `http://127.0.0.1:4610`. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. Throws an error that says so if the port is in use. */
export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const server = createServer((incoming, response) => {
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
  { services, homePage, registerZohoClient }: FrontDoorOptions,
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

  const destination = destinationOf(incoming, services);
  switch (destination.kind) {
    case 'service':
      return forward(incoming, response, new URL(destination.origin + destination.path));
    case 'unknown-aws-service': {
      const { contentType, ...refusal } = refuseUnknownService(destination.service, incoming.headers);
      response.writeHead(refusal.status, { 'content-type': contentType, ...refusal.headers });
      response.end(refusal.body);
      return;
    }
    case 'home':
      return send(response, homePage(`http://${host}`));
    case 'zoho-clients':
      return send(response, await registerZohoClient(incoming));
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
