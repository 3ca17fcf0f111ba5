import { exitWhenFlushed } from './exit-when-flushed.ts';
import { runCli } from './run-cli.ts';
import { createRuntime } from './runtime.ts';

/** Entry point of `zoho-tokens`: the only file that touches the process. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// `zoho-tokens status | head -1` is not an error: a reader may close the pipe early.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: The result cannot be written to stdout (${code ?? 'unknown error'}).\n`);
  process.exit(1);
});
// No one reads the messages. What was begun is finished, and the exit code says how it ended.
process.stderr.on('error', () => {});
await exitWhenFlushed(await runCli(process.argv.slice(2), createRuntime(process)));
