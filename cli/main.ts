import { exitWhenFlushed } from './exit-when-flushed.ts';
import { runCli } from './run-cli.ts';
import { createMachine } from './runtime.ts';

/** Entry of `zoho-tokens`: the only place that takes hold of the process. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// Whoever reads the output may have read enough: `zoho-tokens status | head -1` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
await exitWhenFlushed(await runCli(process.argv.slice(2), createMachine(process)));
