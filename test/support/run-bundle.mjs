/**
 * Runs a bundle as Lambda would: one invocation after another in one process. Prints each result, and each error as an
 * unhandled one, then the arguments and environment of the process. Zoho's hosts are reached on loopback by wrapping `fetch`:
 * the bundle itself has no setting for that.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { bundle, routes, events } = JSON.parse(readFileSync(0, 'utf8'));

const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input);
  if (url.protocol !== 'https:' || !(url.host in routes)) throw new TypeError(`no route to ${url.host}`);
  return realFetch(new URL(`${url.pathname}${url.search}`, routes[url.host]), init);
};

// While the system's clock is slewed, the monotonic one runs a little faster or slower than it. Its times are fractions.
const monotonicMs = performance.now.bind(performance);
performance.now = () => monotonicMs() * 1.001;

const { handler } = await import(pathToFileURL(bundle).href);
const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:bundle';
const doorFor = ({ action, reason }) =>
  action === 'refresh-due' ? 'schedule' : reason === 'operator' ? 'operators' : 'consumers';
for (const event of events) {
  const context = {
    functionName: 'bundle',
    invokedFunctionArn: `${arn}:${doorFor(event ?? {})}`,
    getRemainingTimeInMillis: () => 60_000,
  };
  try {
    console.log(JSON.stringify({ result: await handler(event, context) }));
  } catch (error) {
    console.error(error);
  }
}
const { argv, execArgv, env, title } = process;
const last = `${JSON.stringify({ process: { argv, execArgv, env, title } })}\n`;
// Ends the process explicitly: on Node 20, one that ends by itself can spin for ever on a socket that is closing.
process.stdout.write(last, () => process.exit());
