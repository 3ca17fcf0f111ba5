import type { AwsTime } from '../../adapters/aws-time.ts';
import type { PublishedTokenReader } from '../../adapters/published-token.ts';
import type { AccessToken } from '../../core/secrets/access-token.ts';
import { createBoundedMemory } from './bounded-memory.ts';

/**
 * The tokens of connections, which take a tenth of the memory of a client each: a client that was dropped and created again starts with
 * the token that the old one had, as long as that needs no read.
 */
export const rememberTokens = (maxConnections: number, time: AwsTime) => {
  const tokens = createBoundedMemory<AccessToken>(maxConnections);

  return {
    /** Marks the token as used. */
    touch(connection: string): void {
      const token = tokens.get(connection);
      if (token) tokens.set(connection, token);
    },
    /** Reads a token as a new client does: the first time from memory. */
    readerOf(connection: string, read: PublishedTokenReader): PublishedTokenReader {
      let isFirst = true;
      return async (signal) => {
        const token = isFirst ? tokens.get(connection) : undefined;
        isFirst = false;
        if (token && time.now() < token.refreshAfterMs) return { ok: true, token };
        const published = await read(signal);
        const known = tokens.get(connection);
        if (published.ok && isNewer(published.token, known)) tokens.set(connection, published.token);
        return published;
      };
    },
  };
};

const isNewer = (token: AccessToken, known: AccessToken | undefined): boolean =>
  !known || token.generation > known.generation || token.issuedAtMs > known.issuedAtMs;
