import { createMachine } from './machine.ts';
import { runCli } from './run-cli.ts';

/** Entry of `zoho-tokens`: the only place that takes hold of the process. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
process.exitCode = await runCli(process.argv.slice(2), createMachine(process));
