import { CliError } from '../cli-error.ts';
import type { Machine } from '../runtime.ts';

/** How Zoho is reached: under its own names, or in a sandbox on this machine. */
export interface ZohoAccess {
  readonly fetch: typeof globalThis.fetch;
  readonly browserUrl: (url: string) => string;
  /** Where AWS is, whatever else the machine's settings say; undefined for AWS itself. */
  readonly awsEndpoint: string | undefined;
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/**
 * Zoho itself, unless `ZOHO_SANDBOX_URL` names a sandbox (`npm start -- --serve`). A sandbox is only ever on this machine,
 * and only together with an AWS on this machine: neither do real credentials go to a simulator, nor simulated ones into
 * real secrets.
 */
export function openSandbox({ environment, fetch, terminal }: Machine): ZohoAccess {
  const sandbox = environment.ZOHO_SANDBOX_URL ?? '';
  if (sandbox === '') return { fetch, browserUrl: (url) => url, awsEndpoint: undefined };
  if (!isLoopback(sandbox)) {
    throw new CliError(
      'ZOHO_SANDBOX_URL must be an address of this machine, such as http://127.0.0.1:4610/zoho.',
      'Unset it to work with Zoho itself.',
    );
  }
  const awsEndpoint = environment.AWS_ENDPOINT_URL ?? '';
  if (!isLoopback(awsEndpoint)) {
    throw new CliError(
      'ZOHO_SANDBOX_URL is set, but AWS_ENDPOINT_URL is not an address of this machine: simulated credentials would go into real secrets.',
      'Set both as npm start -- --serve prints them, or unset both.',
    );
  }
  terminal.say(terminal.sideColors.yellow('SANDBOX: simulated AWS and Zoho on this machine'));
  const browserUrl = (url: string) => {
    const { host, pathname, search } = new URL(url);
    return `${sandbox.replace(/\/$/, '')}/${host}${pathname}${search}`;
  };
  return { browserUrl, awsEndpoint, fetch: (url, init) => fetch(browserUrl(String(url)), init) };
}

function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && LOOPBACK.test(hostname);
}
