import { vi } from 'vitest';
import { createTokenSecrets } from '../../../lambdas/adapters/token-secrets.ts';
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
import { SimulatedKms } from '../../simulation/simulated-kms.ts';
import { SimulatedTable } from '../../simulation/simulated-table.ts';
import { SimulatedZoho } from '../../simulation/simulated-zoho.ts';
import { answeredByZoho, ZOHO_FAULTS, type ZohoCallPlan } from '../../simulation/zoho-faults.ts';
import { NOW_MS } from '../../support/builders.ts';
import { turn, watch } from './calls.ts';
import { completeCall } from './complete-call.ts';
import type { AwsOperation, Ports, PortsUnderTest } from './contract.ts';

const TASK = { kind: 'scheduled' } as const;
const quiet = () => {};

/** Every random duration is the shortest. */
const shortest: Between = (_what, minMs) => minMs;

/** Ports over the services of the simulation, with no faults but those that are requested. */
export function simulatePorts({ returnsOldItem }: { readonly returnsOldItem: boolean }): PortsUnderTest {
  const queue = new EventQueue(NOW_MS);
  const table = new SimulatedTable({
    now: () => queue.now(),
    indexLagMs: () => 0,
    returnsOldItem: () => returnsOldItem,
    onWrite: quiet,
  });
  const secrets = new SecretStore(queue);
  const planned: { readonly operation: AwsOperation; readonly plan: CallPlan }[] = [];
  const zohoPlans: ZohoCallPlan[] = [];
  const zoho = new SimulatedZoho({
    queue,
    random: seededRandom(1),
    plan: () => zohoPlans.shift() ?? answeredByZoho(shortest),
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
        const index = planned.findIndex(({ operation }) => call.endsWith(` ${operation}`));
        return index < 0
          ? answeredByAws(shortest)
          : (planned.splice(index, 1)[0]?.plan ?? unknownFault(call));
      },
      onSecretsChanged: quiet,
      kms: new SimulatedKms(),
      onAnnounced: quiet,
      onNotificationSent: quiet,
      onNotified: quiet,
      trace: quiet,
    },
    environment,
  );
  const ports = composeDependencies({
    config: { ...DEFAULT_CONFIG, tableName: 'connections', secretPrefix: 'zoho', declaredConnections: {} },
    clock: environment,
    random: seededRandom(1),
    newLeaseOwner: () => 'unused',
    aws,
    fetch: zoho.fetchFor(environment),
    logger: new LogCollector(),
    writeMetricLine: quiet,
  });

  return {
    clock: environment,
    // What one try of a publish does; `persist` says when there is another one.
    ports: withCompletion({ ...ports, tokens: createTokenSecrets(aws.secretsManager, 'zoho') }, (call) =>
      completeCall(queue, call),
    ),
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
      failNext: (fault) => zohoPlans.push((ZOHO_FAULTS[fault]?.[1] ?? unknownFault(fault))(shortest)),
    },
    secretOf: (kind) => `zoho/crm-prod/${kind}`,
    putItem: async (item) => {
      await Promise.resolve(table.put({ TableName: 'connections', Item: item }, TASK));
    },
    readItem: (connection) => Promise.resolve(table.find(connection)),
    failNext: (operation, fault) => {
      planned.push({ operation, plan: (AWS_FAULTS[fault]?.[1] ?? unknownFault(fault))(shortest) });
    },
    begin: async (start) => {
      const call = watch(start(ports));
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

/** The ports with every call passed to `complete`, which runs it to its end. */
function withCompletion(
  { connections, credentials, rotatedCredentials, tokenEndpoint, tokens }: Ports,
  complete: <T>(call: Promise<T>) => Promise<T>,
): Ports {
  async function* eachCompleted<Row>(listed: AsyncIterable<Row>): AsyncIterable<Row> {
    const rows = listed[Symbol.asyncIterator]();
    for (let row = await complete(rows.next()); !row.done; row = await complete(rows.next())) yield row.value;
  }
  return {
    connections: {
      inPartitions: (partitions) => {
        const ports = { connections: connections.inPartitions(partitions), credentials, rotatedCredentials };
        return withCompletion({ ...ports, tokenEndpoint, tokens }, complete).connections;
      },
      read: (...given) => complete(connections.read(...given)),
      due: (...given) => eachCompleted(connections.due(...given)),
      dueAfter: (...given) => eachCompleted(connections.dueAfter(...given)),
      planned: (...given) => complete(connections.planned(...given)),
      soonestExpiries: (...given) => complete(connections.soonestExpiries(...given)),
      usersOf: (...given) => eachCompleted(connections.usersOf(...given)),
      create: (...given) => complete(connections.create(...given)),
      postpone: (...given) => complete(connections.postpone(...given)),
      replaceIfFree: (...given) => complete(connections.replaceIfFree(...given)),
      replaceIfHeld: (...given) => complete(connections.replaceIfHeld(...given)),
    },
    credentials: { read: (...given) => complete(credentials.read(...given)) },
    rotatedCredentials: {
      store: (...given) => complete(rotatedCredentials.store(...given)),
      recover: (...given) => complete(rotatedCredentials.recover(...given)),
    },
    tokenEndpoint: { refresh: (...given) => complete(tokenEndpoint.refresh(...given)) },
    tokens: {
      lastPublished: (...given) => complete(tokens.lastPublished(...given)),
      publish: (...given) => complete(tokens.publish(...given)),
    },
  };
}

function unknownFault(what: string): never {
  throw new Error(`The simulation has no fault "${what}".`);
}
