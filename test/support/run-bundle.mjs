/**
 * Runs the deployed bundle as Lambda would: its `handler`, with nothing installed beside it. Zoho's hosts are reached on
 * loopback by wrapping this process's `fetch`: the bundle itself has no switch for that.
 */
import { pathToFileURL } from 'node:url';

const { bundle, routes, events } = JSON.parse(process.argv[2]);

const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input);
  if (url.protocol !== 'https:' || !(url.host in routes)) throw new TypeError(`no route to ${url.host}`);
  return realFetch(new URL(url.pathname, routes[url.host]), init);
};

const { handler } = await import(pathToFileURL(bundle).href);
const context = { functionName: 'bundle', getRemainingTimeInMillis: () => 60_000 };
const results = [];
for (const event of events) results.push(await handler(event, context));
process.stdout.write(`\n${JSON.stringify({ node: process.version, results })}\n`);
