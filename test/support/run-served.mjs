/** Calls the handler of a module, injects a fault of the sandbox, calls it again, and so on. The last line is all results. */
import { pathToFileURL } from 'node:url';

const [, , file, faults] = process.argv;
const { handler } = await import(pathToFileURL(file).href);
const results = [await call()];
for (const fault of JSON.parse(faults)) {
  const answer = await fetch(`${process.env.ZOHO_API_ENDPOINT}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(await answer.text());
  results.push(await call());
}
process.stdout.write(`\n${JSON.stringify(results)}\n`);
// The client sends its metrics when the process ends by itself. The timers of some libraries do not let it.
setTimeout(() => process.exit(), 3_000).unref();

async function call() {
  try {
    return (await handler({}, {})) ?? null;
  } catch (error) {
    console.error(error);
    return { error: `${error.name}: ${error.message}`, code: error.code };
  }
}
