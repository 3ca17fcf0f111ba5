import { vi } from 'vitest';
import { composeDependencies } from '../../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG } from '../../../lambdas/refresher/config.ts';
import { SecretStore } from '../../../sandbox/aws/secret-store.ts';
import { LogCollector } from '../../../sandbox/deployment/log-collector.ts';
import { seededRandom } from '../../../sandbox/deployment/random.ts';
import { AWS_FAULTS, answeredByAws } from '../../simulation/aws-faults.ts';
import type { Between, CallPlan } from '../../simulation/call-plan.ts';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import { createSimulatedClients } from '../../simulation/simulated-aws.ts';
import { SimulatedTable } from '../../simulation/simulated-table.ts';
import { SimulatedZoho } from '../../simulation/simulated-zoho.ts';
import { answeredByZoho, ZOHO_FAULTS, type ZohoCallPlan } from '../../simulation/zoho-faults.ts';
import { NOW_MS } from '../../support/builders.ts';
import { begun, turn } from './calls.ts';
import type { AwsOperation, Ports, PortsUnderTest } from './contract.ts';

const TASK = { kind: 'scheduled' } as const;
const quiet = () => {};

/** What is left to chance is as small as it may be. */
const least: Between = (_what, minMs) => minMs;

/** The ports over the services of the simulation, in weather as calm as can be: what goes wrong is asked for. */
export function simulatePorts({ returnsOldItem }: { readonly returnsOldItem: boolean }): PortsUnderTest {
  const queue = new EventQueue(NOW_MS);
  const table = new SimulatedTable({
    now: () => queue.now(),
    indexLagMs: () => 0,
    returnsOldItem: () => returnsOldItem,
    onWrite: quiet,
  });
  const secrets = new SecretStore(queue);
  const struck: { readonly operation: AwsOperation; readonly plan: CallPlan }[] = [];
  const zohoPlans: ZohoCallPlan[] = [];
  const zoho = new SimulatedZoho({
    queue,
    random: seededRandom(1),
    plan: () => zohoPlans.shift() ?? answeredByZoho(least),
    isDroppedWhenAborted: () => false,
    observer: { onSent: quiet, onReceived: quiet, onAnswered: quiet, onOver: quiet },
    trace: quiet,
  });
  const mints = vi.spyOn(zoho.state, 'mint');
  const environment = new Environment('P0', { queue, skewMs: 0, onDelivered: quiet });
  const aws = createSimulatedClients(
    {
      queue,
      table,
      secrets,
      plan: (call) => {
        const index = struck.findIndex(({ operation }) => call.endsWith(` ${operation}`));
        return index < 0 ? answeredByAws(least) : (struck.splice(index, 1)[0]?.plan ?? noSuchFault(call));
      },
      onSecretsChanged: quiet,
      onAnnounced: quiet,
      trace: quiet,
    },
    environment,
  );
  const ports = composeDependencies({
    config: { ...DEFAULT_CONFIG, tableName: 'connections', secretPrefix: 'zoho', declaredConnections: {} },
    clock: environment,
    random: seededRandom(1),
    newLeaseOwner: () => 'nobody asks',
    aws,
    fetch: zoho.fetchFor(environment),
    logger: new LogCollector(),
    writeMetricLine: quiet,
  });

  return {
    clock: environment,
    ports: carriedThrough(ports, (call) => carryThrough(queue, call)),
    secrets,
    zoho: {
      register: (registration) => zoho.clients.register(registration),
      grant: (consent) => zoho.state.grant(consent).refreshToken,
      revoke: (refreshToken) => zoho.state.revoke(refreshToken),
      isValid: (accessToken) => zoho.state.isValid(accessToken),
      mintsWith: (refreshToken) =>
        mints.mock.calls.filter(
          ([grant], index) =>
            grant.refreshToken === refreshToken && mints.mock.results[index]?.value !== 'throttled',
        ).length,
      strikeNext: (fault) => zohoPlans.push((ZOHO_FAULTS[fault]?.[1] ?? noSuchFault(fault))(least)),
    },
    secretOf: (kind) => `zoho/crm-prod/${kind}`,
    putItem: async (item) => {
      await Promise.resolve(table.put({ TableName: 'connections', Item: item }, TASK));
    },
    readItem: (connection) => Promise.resolve(table.find(connection)),
    strikeNext: (operation, trouble) => {
      struck.push({ operation, plan: (AWS_FAULTS[trouble]?.[1] ?? noSuchFault(trouble))(least) });
    },
    begin: async (start) => {
      const call = begun(start(ports));
      await turn();
      return call;
    },
    passTime: async (ms) => {
      const untilMs = queue.now() + ms;
      queue.at(untilMs, quiet);
      while (queue.step(untilMs)) await turn();
    },
  };
}

/** The ports with every call carried to its end by `carry`. */
function carriedThrough(
  { connections, credentials, tokenEndpoint, tokens }: Ports,
  carry: <T>(call: Promise<T>) => Promise<T>,
): Ports {
  return {
    connections: {
      read: (...given) => carry(connections.read(...given)),
      due: async function* (...given) {
        const rows = connections.due(...given)[Symbol.asyncIterator]();
        for (let row = await carry(rows.next()); !row.done; row = await carry(rows.next())) yield row.value;
      },
      soonestExpiryMs: (...given) => carry(connections.soonestExpiryMs(...given)),
      create: (...given) => carry(connections.create(...given)),
      replaceIfFree: (...given) => carry(connections.replaceIfFree(...given)),
      replaceIfHeld: (...given) => carry(connections.replaceIfHeld(...given)),
    },
    credentials: { read: (...given) => carry(credentials.read(...given)) },
    tokenEndpoint: { refresh: (...given) => carry(tokenEndpoint.refresh(...given)) },
    tokens: { publish: (...given) => carry(tokens.publish(...given)) },
  };
}

async function carryThrough<T>(queue: EventQueue, promise: Promise<T>): Promise<T> {
  const call = begun(promise);
  for (await turn(); !call.isOver(); await turn()) {
    if (queue.step(Number.POSITIVE_INFINITY)) continue;
    throw new Error('Nothing is left to happen in the simulation, and the call is not over.');
  }
  return await call.outcome;
}

function noSuchFault(what: string): never {
  throw new Error(`The simulation knows no fault "${what}".`);
}
