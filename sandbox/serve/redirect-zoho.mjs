/**
 * `NODE_OPTIONS=--import=…`: sends the calls of Zoho that a process makes without the client (with fetch, axios, Zoho's SDK)
 * to the sandbox that ZOHO_API_ENDPOINT names, with the host that was meant in a header. It can name only this machine. A
 * connection to Zoho that is made in another way fails: nothing that is simulated reaches Zoho.
 */
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';
import { urlToHttpOptions } from 'node:url';

export const ZOHO = /(?:^|\.)zoho(?:apis|cloud)?\.(?:com|eu|in|com\.au|jp|ca|sa|uk|com\.cn|ae|sg)$/i;
const THIS_MACHINE = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5}\/?$/;

const endpoint = process.env.ZOHO_API_ENDPOINT ?? '';
if (endpoint !== '') {
  if (!THIS_MACHINE.test(endpoint)) {
    throw new Error(
      'ZOHO_API_ENDPOINT is not an address of this machine, such as http://127.0.0.1:4610. Unset it and NODE_OPTIONS to call the real Zoho.',
    );
  }
  redirectFetch(new URL(endpoint));
  redirectHttps(new URL(endpoint));
  refuseOtherConnections();
  syncBuiltinESMExports();
}

function redirectFetch({ origin }) {
  const fetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const { protocol, hostname, pathname, search } = new URL(input instanceof Request ? input.url : input);
    if (protocol !== 'https:' || !ZOHO.test(hostname)) return await fetch(input, init);
    const request = new Request(new URL(pathname + search, origin), new Request(input, init));
    request.headers.set('x-zoho-sandbox-host', hostname);
    return await fetch(request);
  };
}

function redirectHttps({ hostname, port }) {
  const { request } = https;
  https.request = (...args) => {
    const [options, callback] = readArguments(args);
    const host = options.hostname ?? options.host ?? '';
    if (!ZOHO.test(host)) return request(...args);
    const redirected = http.request(
      {
        ...options,
        ...{ protocol: 'http:', hostname, host: hostname, port, path: options.path ?? '/' },
        ...{ agent: undefined, agents: undefined, createConnection: undefined },
      },
      callback,
    );
    redirected.setHeader('host', `${hostname}:${port}`);
    redirected.setHeader('x-zoho-sandbox-host', host);
    return redirected;
  };
  https.get = (...args) => https.request(...args).end();
}

/** `request(url, options, callback)`, where the URL or the options may be left out. */
function readArguments([first, second, third]) {
  if (typeof first !== 'string' && !(first instanceof URL)) return [first, second];
  const ofUrl = urlToHttpOptions(new URL(first));
  return typeof second === 'function' ? [ofUrl, second] : [{ ...ofUrl, ...second }, third];
}

function refuseOtherConnections() {
  const { connect } = tls;
  tls.connect = (...args) => {
    const named = args.flatMap((each) =>
      typeof each === 'string' ? [each] : [each?.servername, each?.host],
    );
    const host = named.find((name) => typeof name === 'string' && ZOHO.test(name));
    if (host !== undefined)
      throw new Error(`${host} is the real Zoho: the sandbox cannot answer in its place here.`);
    return connect(...args);
  };
}
