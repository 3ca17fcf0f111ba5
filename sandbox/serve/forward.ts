import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** Headers that speak of one connection, not of the request; the other connection gets its own. */
const OF_THE_CONNECTION = ['connection', 'expect', 'host', 'keep-alive', 'transfer-encoding'];

/**
 * Hands a request on and its answer back, as they come: what a service cuts off or never answers is cut off or never
 * answered here too.
 */
export function forward(incoming: IncomingMessage, response: ServerResponse, target: URL): void {
  const { method = 'GET' } = incoming;
  const headers = withoutConnection(incoming.headers);
  // A connection of its own: one that is kept might be closed by the service in the moment in which it is used again.
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
