import { parseArgs } from 'node:util';

const DEFAULT_PORT = 4610;

/** The text of `--help`. */
export const USAGE = `Runs the whole system on this machine for six simulated hours. Needs only Node.

Usage: npm start [-- --help]
       npm start -- --serve [--port ${DEFAULT_PORT}]
       npm start -- --run 'COMMAND'

  --serve       run the sandbox in real time instead, with AWS and Zoho at one address of this machine
  --port PORT   the port of that address, 0 for any free port (default ${DEFAULT_PORT})
  --run COMMAND run a shell command whose AWS and Zoho are the sandbox, with every connection authorized

Exit codes: 0 every connection had a valid token when it should have, or --serve was stopped with Ctrl-C (npm then reports 130);
1 a connection had none, or --serve could not start; 2 wrong usage. --run exits with the exit code of COMMAND.
NO_COLOR=1 disables colours; a pipe gets none.`;

/** What `npm start` does. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'story' }
  | { readonly kind: 'serve'; readonly port: number }
  | { readonly kind: 'run'; readonly shellCommand: string };

/** Reads the arguments. Throws an error that says what is wrong. */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      serve: { type: 'boolean' },
      port: { type: 'string' },
      run: { type: 'string' },
    },
  });
  if (values.help === true) return { kind: 'help' };
  if (values.run !== undefined) return parseRun(values.run, values);
  const { port: given = String(DEFAULT_PORT) } = values;
  if (values.serve === true) return { kind: 'serve', port: parsePort(given) };
  if (values.port !== undefined) throw new Error('--port requires --serve.');
  return { kind: 'story' };
}

function parseRun(shellCommand: string, others: { serve?: boolean; port?: string }): Command {
  if (others.serve === true || others.port !== undefined)
    throw new Error('--run takes neither --serve nor --port.');
  if (shellCommand.trim() === '') throw new Error("--run needs a command, such as --run 'node app.mjs'.");
  return { kind: 'run', shellCommand };
}

function parsePort(given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new Error(`--port must be a whole number from 0 to 65535, was ${JSON.stringify(given)}.`);
}
