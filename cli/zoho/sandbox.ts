import { CliError } from '../cli-error.ts';
import type { Runtime } from '../runtime.ts';

/** How Zoho is reached: directly, or in a sandbox on this machine. */
export interface ZohoAccess {
  readonly fetch: typeof globalThis.fetch;
  /** Where a URL of Zoho is: in the sandbox, on this machine. */
  readonly zohoUrl: (url: string) => string;
  /** The endpoint of every AWS service, which overrides all other settings; undefined for AWS itself. */
  readonly awsEndpoint: string | undefined;
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/**
 * Returns access to Zoho, or to the sandbox that `ZOHO_SANDBOX_URL` names (`npm start -- --serve`). Both the sandbox and AWS
 * must then be on this machine, so that real credentials never reach a simulator and simulated ones never reach real secrets.
 */
export function openSandbox({ environment, fetch, terminal }: Runtime): ZohoAccess {
  const sandbox = environment.ZOHO_SANDBOX_URL ?? '';
  if (sandbox === '') return { fetch, zohoUrl: (url) => url, awsEndpoint: undefined };
  if (!isLoopback(sandbox)) {
    throw new CliError(
      'ZOHO_SANDBOX_URL is not an address of this machine, such as http://127.0.0.1:4610/zoho.',
      'Unset it to work with the real Zoho.',
    );
  }
  const awsEndpoint = environment.AWS_ENDPOINT_URL ?? '';
  if (!isLoopback(awsEndpoint)) {
    throw new CliError(
      'ZOHO_SANDBOX_URL is set, but AWS_ENDPOINT_URL is not an address of this machine: simulated credentials would be stored in real secrets.',
      'Set both as npm start -- --serve prints them, or unset both.',
    );
  }
  terminal.info(terminal.infoColors.yellow('SANDBOX: simulated AWS and Zoho on this machine'));
  const zohoUrl = (url: string) => {
    const { host, pathname, search } = new URL(url);
    const path = pathname === '/' ? '' : pathname;
    return `${sandbox.replace(/\/$/, '')}/${host}${path}${search}`;
  };
  return { zohoUrl, awsEndpoint, fetch: (url, init) => fetch(zohoUrl(String(url)), init) };
}

function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && LOOPBACK.test(hostname);
}
