/** An event of API Gateway (HTTP API, payload format 2.0), as far as a browser decides about it. */
export function visit(
  method: string,
  target: string,
  { cookies, site }: { readonly cookies?: readonly string[]; readonly site?: string | undefined } = {},
): Record<string, unknown> {
  const [rawPath = '', rawQueryString = ''] = target.split(/\?(.*)/s);
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    ...(cookies === undefined ? {} : { cookies }),
    headers: { host: 'connect.acme.example', ...(site === undefined ? {} : { 'sec-fetch-site': site }) },
    requestContext: { http: { method, path: rawPath, sourceIp: '192.0.2.7' } },
    isBase64Encoded: false,
  };
}
