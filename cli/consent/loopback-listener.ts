import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { CliError } from '../cli-error.ts';
import { type Callback, parseCallback } from './callback.ts';
import { type LandingPage, renderLandingPage } from './landing-page.ts';
import type { RedirectUri } from './redirect-uri.ts';

/** The one redirect that was waited for. The browser waits for its page until `show` is called. */
export interface ReceivedCallback {
  readonly callback: Callback;
  show(page: LandingPage): Promise<void>;
}

/** Listens on 127.0.0.1 for one redirect of the consent page. */
export interface LoopbackListener {
  /** Resolves with the first request that carries the state; from then on nobody is listened to. */
  readonly received: Promise<ReceivedCallback>;
  close(): void;
}

/** Starts listening. Throws {@link CliError} when the port is taken. */
export async function listenForCallback(redirectUri: RedirectUri, state: string): Promise<LoopbackListener> {
  let receive: (received: ReceivedCallback) => void = () => {};
  const received = new Promise<ReceivedCallback>((resolve) => {
    receive = resolve;
  });
  let isOver = false;
  const server = createServer((request, response) => {
    const parameters = isOver ? undefined : parametersOf(request, redirectUri, state);
    if (parameters === undefined) return void send(response, 404, STRAY);
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

/** The parameters of the redirect; undefined for anything else, whoever sends it. */
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
    // A window that was closed in the meantime has told so already, and does not again.
    if (response.closed) return resolve();
    // One that does not take its page is not waited for: what it was for is done.
    const timer = setTimeout(resolve, TAKEN_WITHIN_MS);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    response.end(renderLandingPage(page));
  });
}

const TAKEN_WITHIN_MS = 5_000;

const STRAY: LandingPage = {
  isSuccess: false,
  title: 'Not what was waited for',
  text: 'This address takes the answer to one consent, once.',
  nextStep: 'Go back to the terminal: it says what to open.',
};

function cannotListen(error: NodeJS.ErrnoException, { port, text }: RedirectUri): CliError {
  return error.code === 'EADDRINUSE' || error.code === 'EACCES'
    ? new CliError(
        `Port ${port} of this machine is ${error.code === 'EACCES' ? 'not allowed' : 'in use'}: ${text} cannot be listened on.`,
        'End whatever has it, or register another redirect URI with the client and give it by --redirect-uri.',
      )
    : new CliError(`${text} cannot be listened on (${error.code}).`, 'Give another one by --redirect-uri.');
}
