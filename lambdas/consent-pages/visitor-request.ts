import * as z from 'zod/mini';

/** What a browser asks for. */
export type VisitorRequest =
  | { readonly kind: 'view'; readonly token: string }
  /** The form of an invite's page was sent. */
  | { readonly kind: 'begin'; readonly token: string }
  /** Zoho sends the browser back. */
  | { readonly kind: 'callback'; readonly query: string }
  /** The form was sent by a page of another site. */
  | { readonly kind: 'foreign-form' }
  | { readonly kind: 'not-found' };

/** The parts of a request that are needed. Source: API Gateway, HTTP API, payload format 2.0. */
const eventSchema = z.object({
  rawPath: z.string(),
  rawQueryString: z.optional(z.string()),
  cookies: z.optional(z.array(z.string())),
  headers: z.optional(z.record(z.string(), z.string())),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
});

/** As ConsentApi makes it: 16 and 32 random bytes. */
const TOKEN_PATH = /^\/i\/([\w-]{22}\.[\w-]{43})$/;

/** ConsentApi reads no longer query. */
const LONGEST_QUERY_BYTES = 8 * 1024;

/** Reads the event of API Gateway. Throws for any other event. */
export function readVisitorRequest(event: unknown): {
  readonly request: VisitorRequest;
  readonly cookies: readonly string[];
} {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success)
    throw new TypeError(
      'ConsentPages got an event that is not a request of an HTTP API, payload format 2.0.',
    );
  const { rawPath, rawQueryString = '', cookies = [], headers = {}, requestContext } = parsed.data;
  const site = headers['sec-fetch-site'];
  return { request: requestOf(requestContext.http.method, rawPath, rawQueryString, site), cookies };
}

function requestOf(method: string, path: string, query: string, site: string | undefined): VisitorRequest {
  if (method === 'GET' && path === '/callback') {
    const isReadable = query !== '' && Buffer.byteLength(query) <= LONGEST_QUERY_BYTES;
    return isReadable ? { kind: 'callback', query } : { kind: 'not-found' };
  }
  const token = TOKEN_PATH.exec(path)?.[1];
  if (token === undefined) return { kind: 'not-found' };
  if (method === 'GET') return { kind: 'view', token };
  if (method !== 'POST') return { kind: 'not-found' };
  return isOwnPage(site) ? { kind: 'begin', token } : { kind: 'foreign-form' };
}

/** Old browsers do not send it. `none`: the user's own doing, such as a reload. */
function isOwnPage(site: string | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}
