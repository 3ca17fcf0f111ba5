import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import { addClientOfInvites } from './client-of-invites.ts';
import { startSandboxServer } from './sandbox-server.ts';
import { SERVED_CONNECTIONS } from './served-connections.ts';

const TICK_MS = 60_000;

/** Variables that would lead an AWS SDK away from the sandbox or its credentials. */
const NOT_INHERITED =
  /^AWS_(?:(?:DEFAULT_)?PROFILE|SESSION_TOKEN|ENDPOINT_URL_.*|IGNORE_CONFIGURED_ENDPOINT_URLS)$/;

/**
 * Runs a shell command in the environment of a sandbox of its own, in which every connection is authorized and has a token.
 * Returns the exit code of the command, or 128 plus the number of the signal that ended it, as a shell does.
 */
export async function runInSandbox(shellCommand: string): Promise<number> {
  const server = await startSandboxServer({
    clock: systemClock,
    connections: SERVED_CONNECTIONS,
    consent: {},
  });
  // Ctrl-C reaches the command too, which decides when it ends.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    for (const name of Object.keys(SERVED_CONNECTIONS)) server.deployment.authorize(name);
    if (server.consent !== undefined) addClientOfInvites(server.deployment, server.consent);
    await server.tick();
    const ticking = setInterval(() => void server.tick(), TICK_MS);
    const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
    const nodeOptions = [process.env.NODE_OPTIONS, server.environment.NODE_OPTIONS].join(' ').trim();
    const child = spawn(shellCommand, {
      shell: true,
      stdio: 'inherit',
      env: { ...Object.fromEntries(inherited), ...server.environment, NODE_OPTIONS: nodeOptions },
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    clearInterval(ticking);
    return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  } finally {
    process.off('SIGINT', ignore);
    await server.close();
  }
}
