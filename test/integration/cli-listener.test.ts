import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CliError } from '../../cli/cli-error.ts';
import { type LoopbackListener, listenForCallback } from '../../cli/consent/loopback-listener.ts';
import { parseRedirectUri, type RedirectUri } from '../../cli/consent/redirect-uri.ts';
import { freeRedirectUri } from '../support/consent-visitor.ts';

const STATE = 'the-state-of-this-consent-0123456789abcdef';
const PAGE = { isSuccess: true, title: 'Done', text: 'It is done.' };

async function listen(): Promise<LoopbackListener & { uri: RedirectUri }> {
  const uri = parseRedirectUri(await freeRedirectUri());
  const listener = await listenForCallback(uri, STATE);
  onTestFinished(() => listener.close());
  return { ...listener, uri };
}

/** A connection to the listener, which hears everything that is said to it. */
function open({ port }: RedirectUri, host = '127.0.0.1'): Socket & { heard: () => string } {
  const socket = connect(port, host);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += String(chunk);
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return Object.assign(socket, { heard: () => text });
}

/** Says something, letter by letter, and returns what comes back until the other side closes. */
function say(uri: RedirectUri, text: string): Promise<string> {
  const socket = open(uri);
  return new Promise((resolve) => {
    socket.once('close', () => resolve(socket.heard()));
    socket.write(text, 'latin1');
  });
}

const statusOf = (answer: string) => answer.split('\r\n')[0];

function request(uri: RedirectUri, changes: { method?: string; path?: string; host?: string } = {}): string {
  const { method = 'GET', host = uri.host, path = `/callback?code=c&location=eu&state=${STATE}` } = changes;
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

/** Whether somebody listens there. */
function isReachable(uri: RedirectUri, host: string): Promise<boolean> {
  const socket = open(uri, host);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
}

async function receive({ received }: LoopbackListener) {
  const { callback, show } = await received;
  await show(PAGE);
  return callback.kind;
}

describe('the listener', () => {
  it('gives the redirect with the state its page, and keeps the code out of caches, logs and other sites', async () => {
    const listener = await listen();

    const [kind, answer] = await Promise.all([receive(listener), say(listener.uri, request(listener.uri))]);

    expect(kind).toBe('code');
    expect(statusOf(answer)).toBe('HTTP/1.1 200 OK');
    expect(answer).toMatch(/content-security-policy: default-src 'none'/i);
    expect(answer).toMatch(/referrer-policy: no-referrer/i);
    expect(answer).toMatch(/cache-control: no-store/i);
    expect(answer).not.toContain(STATE);
  });

  it('is reached on 127.0.0.1 and on no other address of the machine', async () => {
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

  it.each<[string, (uri: RedirectUri) => string]>([
    ['another path', (uri) => request(uri, { path: `/?code=c&state=${STATE}` })],
    ['a path that only looks alike', (uri) => request(uri, { path: `/callback/?code=c&state=${STATE}` })],
    ['another method', (uri) => request(uri, { method: 'POST' })],
    ['HEAD, which would get no page', (uri) => request(uri, { method: 'HEAD' })],
    [
      'the name of another site for this machine',
      (uri) => request(uri, { host: `evil.example:${uri.port}` }),
    ],
    ['another port in its name', (uri) => request(uri, { host: 'localhost:1' })],
    ['no state', (uri) => request(uri, { path: '/callback?code=c&location=eu' })],
    ['an empty state', (uri) => request(uri, { path: '/callback?code=c&state=' })],
    ['another state', (uri) => request(uri, { path: `/callback?code=c&state=${STATE.replace('0', '1')}` })],
    [
      'the beginning of the state',
      (uri) => request(uri, { path: `/callback?code=c&state=${STATE.slice(0, -1)}` }),
    ],
    ['the state behind another', (uri) => request(uri, { path: `/callback?code=c&state=x&state=${STATE}` })],
    ['an address that is none', (uri) => request(uri, { path: 'http://[' })],
    ['the icon that browsers ask for', (uri) => request(uri, { path: '/favicon.ico' })],
  ])('answers 404 to %s, and goes on waiting', async (_, toRequest) => {
    const listener = await listen();

    const stray = await say(listener.uri, toRequest(listener.uri));
    const [kind] = await Promise.all([receive(listener), say(listener.uri, request(listener.uri))]);

    expect(statusOf(stray)).toBe('HTTP/1.1 404 Not Found');
    expect(kind).toBe('code');
  });

  it('takes one redirect: whoever is connected already gets 404, and nobody can connect any more', async () => {
    const listener = await listen();
    const early = open(listener.uri);
    await new Promise((resolve) => early.once('connect', resolve));
    const earlyIsOver = new Promise((resolve) => early.once('close', resolve));
    early.write(`GET /callback?code=other&state=${STATE} HTTP/1.1\r\n`);

    const [kind] = await Promise.all([receive(listener), say(listener.uri, request(listener.uri))]);
    early.write(`Host: ${listener.uri.host}\r\n\r\n`);
    await earlyIsOver;

    expect(kind).toBe('code');
    expect(statusOf(early.heard())).toBe('HTTP/1.1 404 Not Found');
    expect(await isReachable(listener.uri, '127.0.0.1')).toBe(false);
  });

  it('says which port is in use, and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;

    const error = await listenForCallback(parseRedirectUri(`http://localhost:${port}/callback`), STATE).then(
      () => undefined,
      (reason: CliError) => reason,
    );

    expect(error?.message).toBe(
      `Port ${port} of this machine is in use: http://localhost:${port}/callback cannot be listened on.`,
    );
    expect(error?.nextStep).toContain('--redirect-uri');
  });

  it('survives what is no HTTP at all', async () => {
    const listener = await listen();
    const garbage = [
      '\x00\x01\x02\x03\xff\xfe\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', // the beginning of TLS
      `GET ${'/'.repeat(70_000)} HTTP/1.1\r\n\r\n`,
      `GET /callback HTTP/1.1\r\n${'x: y\r\n'.repeat(4000)}\r\n`,
      'POST /callback HTTP/1.1\r\nContent-Length: -5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'GET /callback HTTP/9.9\r\n\r\n',
    ];

    const answers = await Promise.all(garbage.map((text) => say(listener.uri, text)));
    const [kind] = await Promise.all([receive(listener), say(listener.uri, request(listener.uri))]);

    expect(kind).toBe('code');
    expect(answers.filter((answer) => / 200 /.test(statusOf(answer) ?? ''))).toEqual([]);
  });

  it('is not disturbed by a hundred strays at once', async () => {
    const listener = await listen();
    const strays = Array.from({ length: 100 }, (_, index) =>
      say(listener.uri, request(listener.uri, { path: `/callback?code=c&state=${STATE}${index}` })),
    );

    const [kind, ...answers] = await Promise.all([
      receive(listener),
      say(listener.uri, request(listener.uri)),
      ...strays,
    ]);

    const statuses = answers.map(statusOf);
    expect(kind).toBe('code');
    expect(statuses.filter((status) => status === 'HTTP/1.1 200 OK')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'HTTP/1.1 404 Not Found')).toHaveLength(100);
  });

  it('is ended by close(), however slowly somebody speaks, and whoever waits for a page', async () => {
    const listener = await listen();
    const slow = open(listener.uri);
    await new Promise((resolve) => slow.once('connect', resolve));
    slow.write('GET /callback?co');
    const waiting = say(listener.uri, request(listener.uri));
    const { show } = await listener.received;
    const slowIsOver = new Promise((resolve) => slow.once('close', resolve));

    listener.close();

    expect(await waiting).toBe('');
    await slowIsOver;
    await show(PAGE);
    expect(await isReachable(listener.uri, '127.0.0.1')).toBe(false);
  });
});
