import type { IncomingMessage } from 'node:http';
import { HOST_HEADER } from '../zoho/listener.ts';

/** Where the services listen. */
export interface Services {
  /** By the name in the credential scope of a signature, e.g. `secretsmanager`. */
  readonly aws: Readonly<Record<string, string>>;
  /** By Zoho's public host name, accounts servers. */
  readonly zohoAccounts: Readonly<Record<string, string>>;
  /** By Zoho's public host name, APIs of products. */
  readonly zohoApis: Readonly<Record<string, string>>;
}

/** Who answers a request. */
type Destination =
  | { readonly kind: 'aws'; readonly service: string; readonly origin: string; readonly path: string }
  | { readonly kind: 'zoho'; readonly host: string; readonly origin: string; readonly path: string }
  | { readonly kind: 'unknown-aws-service'; readonly service: string }
  | { readonly kind: 'unknown-zoho-host'; readonly host: string }
  | { readonly kind: 'own'; readonly page: string }
  | { readonly kind: 'nothing' };

/** Credential=KEY/DATE/REGION/SERVICE/aws4_request. Source: "Elements of an AWS API request signature", IAM User Guide. */
const SIGNATURE = /^AWS4-HMAC-SHA256 Credential=[^/,]+\/\d{8}\/[^/,]+\/([^/,]+)\/aws4_request/;
const ZOHO_PATH = /^\/zoho\/([^/?#]+)(\/.*)?$/;

/** Finds the AWS service of a request by its signature, or the Zoho host by its path or by the header that names it. */
export function destinationOf(
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  services: Services,
  pages: readonly string[],
): Destination {
  // The URL is appended to an origin: it must not begin with anything that changes the host.
  if (!url.startsWith('/')) return { kind: 'nothing' };

  const service = SIGNATURE.exec(headers.authorization ?? '')?.[1];
  if (service !== undefined) {
    const origin = own(services.aws, service);
    if (origin === undefined) return { kind: 'unknown-aws-service', service };
    return { kind: 'aws', service, origin, path: url };
  }

  const named = headers[HOST_HEADER];
  if (typeof named === 'string') return zohoDestination(named.toLowerCase(), url, services);

  const [, host, path = '/'] = ZOHO_PATH.exec(url) ?? [];
  if (host !== undefined) return zohoDestination(host.toLowerCase(), path, services);

  const [page = ''] = url.split('?');
  if (pages.includes(page)) return { kind: 'own', page };
  return { kind: 'nothing' };
}

/** The simulator serves both hosts of a data center with one listener, but Zoho's API hosts have no `/oauth`. */
function zohoDestination(host: string, path: string, { zohoAccounts, zohoApis }: Services): Destination {
  const accounts = own(zohoAccounts, host);
  const origin = accounts ?? own(zohoApis, host);
  if (origin === undefined) return { kind: 'unknown-zoho-host', host };
  const isForAccounts = path.startsWith('/oauth/');
  return isForAccounts === (accounts !== undefined)
    ? { kind: 'zoho', host, origin, path }
    : { kind: 'nothing' };
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
