import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LoopbackListener, listenForCallback } from '../../cli/consent/loopback-listener.ts';
import { parseRedirectUri, type RedirectUri } from '../../cli/consent/redirect-uri.ts';
import { freeRedirectUri } from '../support/consent-visitor.ts';

const STATE = 'the-state-of-this-consent-0123456789abcdef';
const PAGE = { isSuccess: true, title: 'Done', text: 'It is done.' };
const NOT_FOUND = 'HTTP/1.1 404 Not Found';

async function listen(): Promise<LoopbackListener & { uri: RedirectUri }> {
  const uri = parseRedirectUri(await freeRedirectUri());
  const listener = await listenForCallback(uri, STATE);
  onTestFinished(() => listener.close());
  return { ...listener, uri };
}

/** A connection to the listener that collects the response. */
function open({ port }: RedirectUri, host = '127.0.0.1'): Socket & { response: () => string } {
  const socket = connect(port, host);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += String(chunk);
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return Object.assign(socket, { response: () => text });
}

const once = (socket: Socket, event: 'connect' | 'close') =>
  new Promise((resolve) => socket.once(event, resolve));

/** Sends a text and returns everything that is received until the listener closes the connection. */
async function send(uri: RedirectUri, text: string): Promise<string> {
  const socket = open(uri);
  const closed = once(socket, 'close');
  socket.write(text, 'latin1');
  await closed;
  return socket.response();
}

const statusOf = (response: string) => response.split('\r\n')[0];

function request(uri: RedirectUri, changes: { method?: string; path?: string; host?: string } = {}): string {
  const { method = 'GET', host = uri.host, path = `/callback?code=c&location=eu&state=${STATE}` } = changes;
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

function isReachable(uri: RedirectUri, host = '127.0.0.1'): Promise<boolean> {
  const socket = open(uri, host);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
}

/** Sends the expected redirect and shows the page. */
async function redirect({ received, uri }: Awaited<ReturnType<typeof listen>>) {
  const receive = async () => {
    const { callback, show } = await received;
    await show(PAGE);
    return callback.kind;
  };
  const [kind, response] = await Promise.all([receive(), send(uri, request(uri))]);
  return { kind, response };
}

describe('the listener', () => {
  it('answers the redirect with the page, and keeps the code out of caches, logs and other sites', async () => {
    const { kind, response } = await redirect(await listen());

    expect(kind).toBe('code');
    expect(statusOf(response)).toBe('HTTP/1.1 200 OK');
    expect(response).toMatch(/content-security-policy: default-src 'none'/i);
    expect(response).toMatch(/referrer-policy: no-referrer/i);
    expect(response).toMatch(/cache-control: no-store/i);
    expect(response).not.toContain(STATE);
  });

  it('is reachable on 127.0.0.1 and on no other address of the machine', async () => {
    const { uri } = await listen();
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ address }) => address !== '127.0.0.1')
      .map(({ address, scopeid }) => (scopeid ? `${address}%${scopeid}` : address));

    const reached = await Promise.all(
      ['127.0.0.1', '::1', '127.0.0.2', ...others].map((host) => isReachable(uri, host)),
    );

    expect(reached).toEqual([true, ...reached.slice(1).map(() => false)]);
  });

  it.each<[what: string, changes: Parameters<typeof request>[1] | ((uri: RedirectUri) => object)]>([
    ['another path', { path: `/?code=c&state=${STATE}` }],
    ['a path with another slash', { path: `/callback/?code=c&state=${STATE}` }],
    ['another method', { method: 'POST' }],
    ['HEAD, which would get no page', { method: 'HEAD' }],
    ["another site's name for this machine", ({ port }) => ({ host: `evil.example:${port}` })],
    ['another port in the Host header', { host: 'localhost:1' }],
    ['no state', { path: '/callback?code=c&location=eu' }],
    ['an empty state', { path: '/callback?code=c&state=' }],
    ['another state', { path: `/callback?code=c&state=${STATE.replace('0', '1')}` }],
    ['the beginning of the state', { path: `/callback?code=c&state=${STATE.slice(0, -1)}` }],
    ['the state after another one', { path: `/callback?code=c&state=x&state=${STATE}` }],
    ['an invalid address', { path: 'http://[' }],
    ['the icon that browsers request', { path: '/favicon.ico' }],
  ])('answers %s with 404, and keeps waiting', async (_, changes) => {
    const listener = await listen();
    const { uri } = listener;

    const stray = await send(uri, request(uri, typeof changes === 'function' ? changes(uri) : changes));
    const { kind } = await redirect(listener);

    expect(statusOf(stray)).toBe(NOT_FOUND);
    expect(kind).toBe('code');
  });

  it('accepts one redirect: open connections then get 404, and new ones are refused', async () => {
    const listener = await listen();
    const early = open(listener.uri);
    await once(early, 'connect');
    const earlyClosed = once(early, 'close');
    early.write(`GET /callback?code=other&state=${STATE} HTTP/1.1\r\n`);

    const { kind } = await redirect(listener);
    early.write(`Host: ${listener.uri.host}\r\n\r\n`);
    await earlyClosed;

    expect(kind).toBe('code');
    expect(statusOf(early.response())).toBe(NOT_FOUND);
    expect(await isReachable(listener.uri)).toBe(false);
  });

  it('fails with a next step when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const uri = `http://localhost:${port}/callback`;

    await expect(listenForCallback(parseRedirectUri(uri), STATE)).rejects.toMatchObject({
      message: `Cannot listen on ${uri}: port ${port} is in use.`,
      nextStep: expect.stringContaining('--redirect-uri'),
    });
  });

  it('survives input that is not HTTP', async () => {
    const listener = await listen();
    const garbage = [
      '\x00\x01\x02\x03\xff\xfe\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', // the beginning of TLS
      `GET ${'/'.repeat(70_000)} HTTP/1.1\r\n\r\n`,
      `GET /callback HTTP/1.1\r\n${'x: y\r\n'.repeat(4000)}\r\n`,
      'POST /callback HTTP/1.1\r\nContent-Length: -5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'GET /callback HTTP/9.9\r\n\r\n',
    ];

    const responses = await Promise.all(garbage.map((text) => send(listener.uri, text)));
    const { kind } = await redirect(listener);

    expect(kind).toBe('code');
    expect(responses.filter((response) => / 200 /.test(statusOf(response) ?? ''))).toEqual([]);
  });

  it('handles a hundred unexpected requests at once', async () => {
    const listener = await listen();
    const { uri } = listener;
    const strays = Array.from({ length: 100 }, (_, index) =>
      send(uri, request(uri, { path: `/callback?code=c&state=${STATE}${index}` })),
    );

    const [{ kind, response }, ...responses] = await Promise.all([redirect(listener), ...strays]);

    expect(kind).toBe('code');
    expect(statusOf(response)).toBe('HTTP/1.1 200 OK');
    expect(responses.map(statusOf)).toEqual(strays.map(() => NOT_FOUND));
  });

  it('is stopped by close(), even with a slow request and a browser that waits for its page', async () => {
    const listener = await listen();
    const slow = open(listener.uri);
    await once(slow, 'connect');
    slow.write('GET /callback?co');
    const waiting = send(listener.uri, request(listener.uri));
    const { show } = await listener.received;
    const slowClosed = once(slow, 'close');

    listener.close();

    expect(await waiting).toBe('');
    await slowClosed;
    await show(PAGE);
    expect(await isReachable(listener.uri)).toBe(false);
  });
});
