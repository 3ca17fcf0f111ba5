import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { fleetOfSandbox } from '../deployment/fleet-of-sandbox.ts';
import { type AlarmWatch, watchAlarms } from './alarm-watch.ts';
import { addClientOfInvites, CLIENT_OF_INVITES } from './client-of-invites.ts';
import { exportLines } from './environment.ts';
import { type SandboxServer, startSandboxServer } from './sandbox-server.ts';
import { ServeLog } from './serve-log.ts';
import { SERVED_CONNECTIONS } from './served-connections.ts';
import { RUNBOOK_BASE_URL } from './stack.ts';

const TICK_MS = 60_000;
const LAST_PORT = 65_535;
const SWEEP_MS = 5 * 60_000;

/** How to serve. */
interface ServeOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Where connections that are added at run time are stored, unless `zoho-tokens connect NAME --store` chooses. */
  readonly connectedStore: SecretStoreName;
  readonly fleetShards: FleetShards;
  readonly write: (line: string) => void;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** Runs the sandbox in real time until the signal aborts: ticks at once, then every minute. Only `crm-prod` is authorized. */
export async function serve(options: ServeOptions): Promise<void> {
  const { port, connectedStore, fleetShards, write, signal } = options;
  const log = new ServeLog(write, systemClock.now);
  const server = await startSandboxServer({
    port,
    clock: systemClock,
    connections: SERVED_CONNECTIONS,
    consent: { port: portOfPages(port) },
    onLogLine: (line) => log.add(line),
    onEvent: (event) => log.addEvent(event),
    onMessage: (message) => log.addNotification(message),
    knobs: { runbookBaseUrl: RUNBOOK_BASE_URL, ...fleetOfSandbox(fleetShards) },
    connectedStore,
  });
  printInstructions(server, options);

  // The construct library takes a moment to load. The sandbox already runs.
  const { synthesizeAlarms } = await import('../alarms/synthesized-alarms.ts');
  const watch = watchAlarms(server, synthesizeAlarms(SERVED_CONNECTIONS, { fleetShards }));
  const tick = () => runSchedules(server, { log, watch });
  const ticking = new Set<Promise<void>>();
  const startTick = () => {
    const started = tick().finally(() => ticking.delete(started));
    ticking.add(started);
  };
  startTick();
  void Promise.all(ticking).then(() => {
    if (!signal.aborted) log.write('', 'ready: the connections that are authorized have a token');
  });
  const timers = [
    setInterval(startTick, TICK_MS),
    setInterval(() => {
      for (const line of watch.evaluate()) log.write('', line);
    }, TICK_MS),
    setInterval(() => {
      server.consent?.sweep().catch((error: Error) => log.write('', `sweep failed: ${error.message}`));
    }, SWEEP_MS),
  ];
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const timer of timers) clearInterval(timer);
  await Promise.all(ticking);
  await server.close();
}

/** The next one. */
function portOfPages(port: number): number {
  if (port === 0) return 0;
  return port === LAST_PORT ? port - 1 : port + 1;
}

/** Side by side, as EventBridge Scheduler does: one that takes long delays no other. */
async function runSchedules(
  { schedules }: SandboxServer,
  { log, watch }: { log: ServeLog; watch: AlarmWatch },
): Promise<void> {
  await Promise.all(
    schedules.all.map(async ({ shard, run }) => {
      const running = run();
      if (running === undefined) return;
      try {
        await running;
        watch.onTick({ failed: false });
      } catch (error) {
        watch.onTick({ failed: true });
        const what = shard === undefined ? 'tick' : `tick of shard ${shard}`;
        log.write('', `${what} failed: ${(error as Error).message}`);
      }
    }),
  );
}

function printInstructions(
  { origin, environment, deployment, consent }: SandboxServer,
  { write, connectedStore, fleetShards }: ServeOptions,
): void {
  write(`Zoho Token Refresher: sandbox in real time at ${origin} (Ctrl-C stops it)`);
  write('');
  write(
    'To use it with zoho-tokens, the AWS CLI, an AWS SDK or your own code, paste this into another terminal:',
  );
  write('');
  for (const line of exportLines(environment)) write(line);
  write('');
  write('Clients registered at the simulated Zoho (their secrets are simulated too and work nowhere else):');
  write('');
  for (const [name, { dataCenter }] of Object.entries(SERVED_CONNECTIONS)) {
    const client = deployment.zoho.registerClient({ dataCenter });
    if (name === 'crm-prod') deployment.authorize(name, client);
    write(
      `${name.padEnd(9)} ${dataCenter}  client id ${client.clientId}  client secret ${client.clientSecret}`,
    );
  }
  write('');
  if (consent !== undefined) {
    addClientOfInvites(deployment, consent);
    write(
      `${CLIENT_OF_INVITES.padEnd(9)} all a client that connections can share: npx zoho-tokens authorize NAME --client ${CLIENT_OF_INVITES}`,
    );
    write('');
    write(
      `Pages for invites: ${consent.url}. To try one: npx zoho-tokens invite crm-eu --client ${CLIENT_OF_INVITES}`,
    );
    write('');
  }
  const store = connectedStore === 'dynamodb' ? 'DynamoDB' : 'Secrets Manager';
  const shards = fleetShards === 1 ? '1 shard' : `${fleetShards} shards`;
  write(
    `Connections that are added at run time are stored in ${store}, and refreshed by ${shards}: npx zoho-tokens connect tenant-1 --data-center eu --scope ZohoCRM.modules.ALL`,
  );
  write('');
  write(
    `crm-prod is authorized, and gets its first token now. ${origin} lists the faults that can be injected.`,
  );
  write('');
}
