import { UsageError } from '../cli-error.ts';

/** The redirect URI to register with the client, unless `--redirect-uri` is used. */
export const DEFAULT_REDIRECT_URI = 'http://localhost:8400/callback';

/** A redirect URI on this machine. */
export interface RedirectUri {
  /** Exactly as given, because Zoho compares the text. */
  readonly text: string;
  readonly port: number;
  readonly path: string;
  /** The browser's Host header. */
  readonly host: string;
}

/** Parses it. Throws {@link UsageError} unless it is a URI on this machine. */
export function parseRedirectUri(text: string): RedirectUri {
  const advice = `Register ${DEFAULT_REDIRECT_URI} or another address of this machine in the API console, and use that.`;
  if (!URL.canParse(text))
    throw new UsageError('The value of --redirect-uri is not a URI (value omitted).', advice);
  const { protocol, username, password, hostname, port, pathname, search, hash, host } = new URL(text);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1';
  const isBare = `${username}${password}${search}${hash}` === '';
  if (protocol !== 'http:' || !isLoopback || !isBare || Number(port) === 0) {
    throw new UsageError(
      'The value of --redirect-uri must be http://localhost or http://127.0.0.1 with a port, without query (value omitted).',
      advice,
    );
  }
  return { text, port: Number(port), path: pathname, host };
}
