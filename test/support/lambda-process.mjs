/**
 * One execution environment of a function: loads its bundle once, and handles one event after another, which the parent sends. Zoho's
 * hosts are reached on loopback by wrapping `fetch`, and the clock is the machine's with a shift that comes with each event: the
 * bundle itself has no setting for either.
 */
import { pathToFileURL } from 'node:url';

const [, , bundle, routesJson] = process.argv;
const routes = JSON.parse(routesJson);

const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input);
  if (url.protocol !== 'https:' || !(url.host in routes)) throw new TypeError(`no route to ${url.host}`);
  return realFetch(new URL(`${url.pathname}${url.search}`, routes[url.host]), init);
};

let shiftMs = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shiftMs);
    else super(...given);
  }
  static now() {
    return RealDate.now() + shiftMs;
  }
};

const { handler } = await import(pathToFileURL(bundle).href);

process.on('message', async ({ event, invokedFunctionArn, timeoutMs, shift, skew }) => {
  shiftMs = shift;
  // Lambda's runtime compares the deadline, a time by Lambda's clock, with the clock of the machine.
  const endsMs = Date.now() - skew + timeoutMs;
  const context = {
    functionName: 'bundle',
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    invokedFunctionArn,
    getRemainingTimeInMillis: () => endsMs - Date.now(),
  };
  try {
    process.send({ result: (await handler(event, context)) ?? null });
  } catch (error) {
    console.error(error);
    process.send({ failure: { name: error.name, message: error.message } });
  }
});
process.once('disconnect', () => process.exit());
process.send({ node: process.version });
