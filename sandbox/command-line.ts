import { parseArgs } from 'node:util';
import { FLEET_SHARDS, type FleetShards } from '../lambdas/core/connection/partition.ts';
import { SECRET_STORES, type SecretStoreName } from '../lambdas/core/connection/secret-store.ts';

const DEFAULT_PORT = 4610;

/** The text of `--help`. */
export const USAGE = `Runs the whole system on this machine for six simulated hours. Needs only Node.

Usage: npm start [-- --help]
       npm start -- --serve [--port ${DEFAULT_PORT}] [--connected-store dynamodb] [--fleet-shards 4]
       npm start -- --run 'COMMAND'

  --serve       run the sandbox in real time instead, with AWS and Zoho at one address of this machine
  --port PORT   the port of that address, 0 for any free port (default ${DEFAULT_PORT})
  --connected-store STORE
                where connections that are added at run time are stored: secrets-manager (default) or dynamodb.
                The tables exist in both cases
  --fleet-shards N
                schedules for these connections: ${FLEET_SHARDS.join(', ')} (default 1)
  --run COMMAND run a shell command whose AWS and Zoho are the sandbox, with every connection authorized

Exit codes: 0 every connection had a valid token when it should have, or --serve was stopped with Ctrl-C (npm then reports 130);
1 a connection had none, or --serve could not start; 2 wrong usage. --run exits with the exit code of COMMAND.
NO_COLOR=1 disables colours; a pipe gets none.`;

/** The fleet of a served sandbox: the settings `connectedStore` and `fleetShards`. */
export interface ServedFleet {
  readonly connectedStore: SecretStoreName;
  readonly fleetShards: FleetShards;
}

/** What `npm start` does. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'story' }
  | ({ readonly kind: 'serve'; readonly port: number } & ServedFleet)
  | { readonly kind: 'run'; readonly shellCommand: string };

/** Options that only `--serve` takes. */
const OF_SERVE = ['port', 'connected-store', 'fleet-shards'] as const;

/** Reads the arguments. Throws an error that says what is wrong. */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      serve: { type: 'boolean' },
      port: { type: 'string' },
      'connected-store': { type: 'string' },
      'fleet-shards': { type: 'string' },
      run: { type: 'string' },
    },
  });
  if (values.help === true) return { kind: 'help' };
  const ofServe = OF_SERVE.find((name) => values[name] !== undefined);
  if (values.run !== undefined) {
    if (values.serve === true || ofServe !== undefined)
      throw new Error(`--run does not take --${ofServe ?? 'serve'}.`);
    return parseRun(values.run);
  }
  if (values.serve === true) {
    return {
      kind: 'serve',
      port: parsePort(values.port ?? String(DEFAULT_PORT)),
      connectedStore: parseStore(values['connected-store'] ?? 'secrets-manager'),
      fleetShards: parseShards(values['fleet-shards'] ?? '1'),
    };
  }
  if (ofServe !== undefined) throw new Error(`--${ofServe} requires --serve.`);
  return { kind: 'story' };
}

function parseRun(shellCommand: string): Command {
  if (shellCommand.trim() === '') throw new Error("--run needs a command, such as --run 'node app.mjs'.");
  return { kind: 'run', shellCommand };
}

function parsePort(given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new Error(`--port must be a whole number from 0 to 65535, was ${JSON.stringify(given)}.`);
}

function parseStore(given: string): SecretStoreName {
  const store = SECRET_STORES.find((each) => each === given);
  if (store !== undefined) return store;
  throw new Error(`--connected-store must be ${SECRET_STORES.join(' or ')}, was ${JSON.stringify(given)}.`);
}

function parseShards(given: string): FleetShards {
  const shards = FLEET_SHARDS.find((each) => String(each) === given);
  if (shards !== undefined) return shards;
  throw new Error(`--fleet-shards must be one of ${FLEET_SHARDS.join(', ')}, was ${JSON.stringify(given)}.`);
}
