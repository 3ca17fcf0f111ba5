import { vi } from 'vitest';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { type CliRun, type CliRunOptions, runZohoTokens } from './run-zoho-tokens.ts';
import { START_MS } from './sandbox.ts';

/** A deployed sandbox and the command line in front of it. */
export interface FleetStage {
  readonly server: SandboxServer<ManualClock>;
  readonly run: (args: string, options?: Partial<CliRunOptions>) => Promise<CliRun>;
  readonly close: () => Promise<void>;
}

/** Starts it, and lets this process's AWS SDK clients find it. */
export async function startFleetStage(
  connections: Parameters<typeof startSandboxServer>[0]['connections'],
): Promise<FleetStage> {
  const clock = new ManualClock(START_MS);
  const server = await startSandboxServer({ clock, connections });
  const { environment } = server;
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return {
    server,
    run: (args, options = {}) => runZohoTokens(args.split(' '), { clock, environment, ...options }),
    close: async () => {
      vi.unstubAllEnvs();
      await server.close();
    },
  };
}
