import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Logger } from '@aws-lambda-powertools/logger';
import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../../lambdas/adapters/system-clock.ts';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../lambdas/core/connection/lease.ts';
import { composeDependencies } from '../../../lambdas/refresher/compose-refresher.ts';
import type { RefresherConfig } from '../../../lambdas/refresher/config.ts';
import { settingsOf } from '../../../lambdas/refresher/create-handler.ts';
import { refreshConnection } from '../../../lambdas/refresher/refresh-connection.ts';
import type { RefreshContext } from '../../../lambdas/refresher/refresh-context.ts';
import { clientConfigFor } from '../../../sandbox/aws/client-config.ts';
import type { EmbeddedAws } from '../../../sandbox/aws/embedded-aws.ts';
import { FUNCTION } from '../../../sandbox/aws/secret-permissions.ts';
import { createAwsClientsWithoutTimeouts } from '../../../sandbox/deployment/aws-clients-without-timeouts.ts';
import { fetchThrough, type Routes } from '../../../sandbox/deployment/zoho-router.ts';

/** The servers on loopback, in another process. */
export interface Surroundings {
  readonly config: RefresherConfig;
  readonly endpoints: EmbeddedAws['endpoints'];
  readonly routes: Routes;
}

/** The refresher below its handler, with clients of the AWS SDK. Log lines are made and thrown away. */
export function openRefresher({ config, endpoints, routes }: Surroundings) {
  const aws = createAwsClientsWithoutTimeouts((service) => clientConfigFor(endpoints[service], FUNCTION));
  const recorded: UpdateItemCommandInput[] = [];
  const dynamoDb = Object.assign(Object.create(aws.dynamoDb) as typeof aws.dynamoDb, {
    send: (command: object, ...others: unknown[]) => {
      if (command instanceof UpdateItemCommand) recorded.push(command.input);
      return (aws.dynamoDb.send as (...args: unknown[]) => unknown).call(aws.dynamoDb, command, ...others);
    },
  });
  const context = contextOf({ config, routes, aws: { ...aws, dynamoDb } });
  const { connections, settings, deadlines } = context;

  return {
    row: async (name: string): Promise<Connection> => {
      const row = await connections.read(name, deadlines.work);
      if (row === undefined) throw new Error(`The table has no row of ${name}.`);
      return row;
    },

    /** The row as it is afterwards, due a millisecond later. */
    takeAndRelease: async (row: Connection): Promise<Connection> => {
      const nowMs = Date.now();
      const lease = { owner: randomUUID(), nowMs, leaseMs: settings.leaseMs };
      // What an attempt does not count: mints would fill the row.
      const leased = { ...acquireLease(row, lease), mintsMs: [nowMs] };
      const released = { ...leased, lease: undefined, nextAttemptAtMs: row.nextAttemptAtMs + 1 };
      const taken = await connections.replaceIfFree(row, leased, nowMs, deadlines.work);
      const given = await connections.replaceIfHeld(leased, released, deadlines.work);
      if (!taken.written || !given.written) throw new Error('The lease was not taken and released.');
      return released;
    },

    refresh: async (row: Connection): Promise<Connection> => {
      const { kind, outcome, connection } = await refreshConnection(context, row, {
        kind: 'operator',
        rejectedGeneration: undefined,
      });
      if (kind !== 'published') throw new Error(`${row.name} was not refreshed: ${outcome}.`);
      return connection;
    },

    /** The UpdateItems of what runs. */
    recordUpdates: async (run: () => Promise<void>): Promise<readonly UpdateItemCommandInput[]> => {
      recorded.length = 0;
      await run();
      return [...recorded];
    },
  };
}

function contextOf({
  config,
  routes,
  aws,
}: Pick<Surroundings, 'config' | 'routes'> & {
  readonly aws: Parameters<typeof composeDependencies>[0]['aws'];
}): RefreshContext {
  const dependencies = composeDependencies({
    config,
    clock: systemClock,
    random: Math.random,
    newLeaseOwner: randomUUID,
    aws,
    fetch: fetchThrough(routes),
    logger: new Logger({ serviceName: 'zoho', logLevel: 'SILENT' }),
    writeMetricLine: () => {},
  });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return { ...dependencies, settings: settingsOf(config), deadlines: { work: signal, report: signal } };
}
