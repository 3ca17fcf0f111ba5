import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** Headers of a connection, not of the request. */
const OF_THE_CONNECTION = ['connection', 'expect', 'host', 'keep-alive', 'transfer-encoding'];

/**
 * Forwards a request and streams the answer back. If a service resets the connection or never answers, neither does this.
 */
export function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  target: URL,
  moreHeaders: Readonly<Record<string, string>> = {},
): void {
  const { method = 'GET' } = incoming;
  const headers = { ...withoutConnection(incoming.headers), ...moreHeaders };
  // A connection of its own: the service might close a reused one just as it is used again.
  const onward = request(target, { method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
    pipeline(answer, response, () => {});
  });
  onward.on('error', () => response.destroy());
  response.once('close', () => onward.destroy());
  pipeline(incoming, onward, () => {});
}

function withoutConnection<Headers extends NodeJS.Dict<string | string[]>>(headers: Headers) {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => value !== undefined && !OF_THE_CONNECTION.includes(name),
    ),
  );
}
