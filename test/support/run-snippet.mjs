/**
 * Runs the module of an example as Lambda would. Each line `{"nowMs","call","args"}` on stdin is a call; its result is a
 * line `{"result"}` or `{"error"}` on stdout. `nowMs` is the time of the call. A wrapped `fetch` reaches Zoho's hosts on
 * loopback and no other host over https.
 */
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { file, routes } = JSON.parse(process.argv[2]);

let nowMs = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [nowMs] : parts));
  }
  static now() {
    return nowMs;
  }
};

const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input);
  if (url.protocol === 'http:' && url.hostname === 'localhost') return realFetch(input, init);
  if (url.protocol !== 'https:' || !(url.host in routes)) throw new TypeError(`no route to ${url.host}`);
  return realFetch(new URL(`${url.pathname}${url.search}`, routes[url.host]), init);
};

let module;
for await (const line of createInterface({ input: process.stdin })) {
  const step = JSON.parse(line);
  nowMs = step.nowMs;
  process.stdout.write(`${JSON.stringify(await answer(step))}\n`);
}
process.exit();

async function answer({ call, args }) {
  try {
    module ??= await import(pathToFileURL(file).href);
    return { result: (await module[call](...args)) ?? null };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}
