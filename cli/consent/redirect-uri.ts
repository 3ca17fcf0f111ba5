import { UsageError } from '../cli-error.ts';

/** Registered with the client unless another one is given. */
export const DEFAULT_REDIRECT_URI = 'http://localhost:8400/callback';

/** A redirect URI on this machine. */
export interface RedirectUri {
  /** As it was given: Zoho compares it letter by letter. */
  readonly text: string;
  readonly port: number;
  readonly path: string;
  /** What the browser says in its Host header. */
  readonly host: string;
}

/** Parses it. Throws {@link UsageError}: the listener is for this machine only. */
export function parseRedirectUri(text: string): RedirectUri {
  const advice = `Register ${DEFAULT_REDIRECT_URI} with the client, or another address of this machine.`;
  if (!URL.canParse(text)) throw new UsageError('--redirect-uri is no URI.', advice);
  const { protocol, username, password, hostname, port, pathname, search, hash, host } = new URL(text);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1';
  const isBare = `${username}${password}${search}${hash}` === '';
  if (protocol !== 'http:' || !isLoopback || !isBare || Number(port) === 0) {
    throw new UsageError(
      '--redirect-uri is none of this machine: it must be http://localhost or http://127.0.0.1 with a port.',
      advice,
    );
  }
  return { text, port: Number(port), path: pathname, host };
}
