import { parseArgs } from 'node:util';

const DEFAULT_PORT = 4610;

/** The text of `--help`. */
export const USAGE = `Runs the whole system on this machine for six simulated hours. Needs only Node.

Usage: npm start [-- --help]
       npm start -- --serve [--port ${DEFAULT_PORT}]

  --serve       run the sandbox in real time instead, with AWS and Zoho at one address of this machine
  --port PORT   the port of that address, 0 for any free port (default ${DEFAULT_PORT})

Exit codes: 0 every connection had a valid token when it should have, or --serve was stopped with Ctrl-C (npm then reports 130);
1 a connection had none, or --serve could not start; 2 wrong usage.
NO_COLOR=1 disables colours; a pipe gets none.`;

/** What `npm start` does. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'story' }
  | { readonly kind: 'serve'; readonly port: number };

/** Reads the arguments. Throws an error that says what is wrong. */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      serve: { type: 'boolean' },
      port: { type: 'string' },
    },
  });
  if (values.help === true) return { kind: 'help' };
  const { port: given = String(DEFAULT_PORT) } = values;
  if (values.serve === true) return { kind: 'serve', port: parsePort(given) };
  if (values.port !== undefined) throw new Error('--port requires --serve.');
  return { kind: 'story' };
}

function parsePort(given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new Error(`--port must be a whole number from 0 to 65535, was ${JSON.stringify(given)}.`);
}
