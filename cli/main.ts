import { exitWhenFlushed } from './exit-when-flushed.ts';
import { runCli } from './run-cli.ts';
import { createRuntime } from './runtime.ts';

/** Entry point of `zoho-tokens`: the only file that touches the process. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// `zoho-tokens status | head -1` is not an error: a reader may close the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
await exitWhenFlushed(await runCli(process.argv.slice(2), createRuntime(process)));
