import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Callback, parseCallback } from '../../lambdas/core/consent/callback.ts';
import { CliError } from '../cli-error.ts';
import { type LandingPage, renderLandingPage } from './landing-page.ts';
import type { RedirectUri } from './redirect-uri.ts';

/** The expected redirect. The browser gets no answer until `show` is called. */
export interface ReceivedCallback {
  readonly callback: Callback;
  show(page: LandingPage): Promise<void>;
}

/** Listens on 127.0.0.1 for one redirect from the consent page. */
export interface LoopbackListener {
  /** Resolves with the first request that has the right state. Later requests get a 404 or no connection. */
  readonly received: Promise<ReceivedCallback>;
  close(): void;
}

/** Starts listening. Throws {@link CliError} when the port is not available. */
export async function listenForCallback(redirectUri: RedirectUri, state: string): Promise<LoopbackListener> {
  let receive: (received: ReceivedCallback) => void = () => {};
  const received = new Promise<ReceivedCallback>((resolve) => {
    receive = resolve;
  });
  let isOver = false;
  const server = createServer((request, response) => {
    const parameters = isOver ? undefined : parametersOf(request, redirectUri, state);
    if (parameters === undefined) return void send(response, 404, UNEXPECTED_REQUEST);
    isOver = true;
    server.close();
    server.closeIdleConnections();
    receive({
      callback: parseCallback(parameters),
      show: (page) => send(response, page.isSuccess ? 200 : 400, page),
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, redirectUri)));
    server.listen(redirectUri.port, '127.0.0.1', resolve);
  });
  return {
    received,
    close: () => {
      isOver = true;
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The parameters of the expected redirect; undefined for every other request. */
function parametersOf(
  request: IncomingMessage,
  redirectUri: RedirectUri,
  state: string,
): URLSearchParams | undefined {
  const isForUs = request.method === 'GET' && request.headers.host === redirectUri.host;
  const target = request.url ?? '';
  if (!isForUs || !target.startsWith('/') || !URL.canParse(target, 'http://127.0.0.1')) return undefined;
  const { pathname, searchParams } = new URL(target, 'http://127.0.0.1');
  const isOurs = pathname === redirectUri.path && isSame(searchParams.get('state') ?? '', state);
  return isOurs ? searchParams : undefined;
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function send(response: ServerResponse, status: number, page: LandingPage): Promise<void> {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  return new Promise((resolve) => {
    // The window was closed: the event `close` has fired already.
    if (response.closed) return resolve();
    // Do not wait for a browser that does not read its page: the authorization is done.
    const timer = setTimeout(resolve, PAGE_TIMEOUT_MS);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    response.end(renderLandingPage(page));
  });
}

const PAGE_TIMEOUT_MS = 5_000;

const UNEXPECTED_REQUEST: LandingPage = {
  isSuccess: false,
  title: 'Unexpected request',
  text: 'This address accepts only the redirect of the consent in progress, and only once.',
  nextStep: 'Return to the terminal, which shows the address to open.',
};

function cannotListen(error: NodeJS.ErrnoException, { port, text }: RedirectUri): CliError {
  const reasons: Readonly<Record<string, string>> = { EADDRINUSE: 'is in use', EACCES: 'is not allowed' };
  const reason = reasons[error.code ?? ''] ?? `cannot be opened (${error.code})`;
  return new CliError(
    `Cannot listen on ${text}: port ${port} ${reason}.`,
    'Stop the program that uses the port, or register another redirect URI and use --redirect-uri.',
  );
}
