import { setMaxListeners } from 'node:events';
import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Connection } from '../core/connection/connection.ts';
import { leaseMsFor } from '../core/connection/lease.ts';
import { ALL_PARTITIONS, partitionsOfShard } from '../core/connection/partition.ts';
import { describeBug } from '../core/describe-bug.ts';
import { DEFAULT_RUNBOOK_BASE_URL } from '../core/documents.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { Sender } from '../core/incidents/notification.ts';
import type { CheckedClock, ConnectionStore } from '../core/ports.ts';
import { admitEvent } from '../core/refresh/admit-event.ts';
import { doorOf } from '../core/refresh/refresher-door.ts';
import {
  InvalidEventError,
  type RefreshDueResponse,
  type RefresherEvent,
  type RefreshResponse,
} from '../core/refresh/refresher-events.ts';
import { POLL_INTERVAL_MS, TICK_MS } from '../core/refresh/renewal-times.ts';
import { rememberClients } from './client-memory.ts';
import { rememberClientUsers } from './client-users.ts';
import { type RefresherConfig, TOPIC_ARN_PATTERN } from './config.ts';
import { abandonedPartitions } from './due-rows.ts';
import { limitWaits } from './limit-waits.ts';
import type { Paces } from './paces.ts';
import type { RefreshContext, RefreshDependencies, RefreshSettings } from './refresh-context.ts';
import { refreshDue } from './refresh-due.ts';
import { refreshOnDemand } from './refresh-on-demand.ts';
import { registerDeclared } from './register-declared.ts';
import { reportSkews } from './report-skews.ts';

/** Reserved at the end of an invocation for writing results. */
const REPORT_RESERVE_MS = 5_000;
/** Reserved for the answer. */
const ANSWER_RESERVE_MS = 1_000;

/**
 * How often a warm environment reconciles the table with the configuration, and looks for rows whose times are impossible: a backup may
 * have been restored, or an environment of the previous deployment may have retired a connection that is declared again. Shorter than the refresh
 * margin of a token.
 */
const RECONCILE_AGAIN_MS = POLL_INTERVAL_MS;

const DAY_MS = 24 * 3600_000;

/** Disables middy's timeout, which uses the machine's clock instead of the injected one. */
const MIDDY_TIMEOUT_DISABLED = 0;

export interface HandlerParts {
  readonly dependencies: RefreshDependencies;
  readonly config: RefresherConfig;
  readonly logger: Logger;
  readonly paces: Paces;
}

export type RefresherHandler = (
  event: unknown,
  context: Context,
) => Promise<RefreshDueResponse | RefreshResponse>;

/** The refresher Lambda from its parts: admits the event, sets the deadlines, answers. */
export function createHandler({ dependencies, config, logger, paces }: HandlerParts): RefresherHandler {
  const settings = settingsOf(config);
  const timeoutMs = config.functionTimeoutSeconds * 1000;
  /** By the elapsed time, for each shard. */
  const reconciledUntilMs = new Map<number | undefined, number>();
  const abandoned = abandonedPartitions(config.fleetShards !== undefined);

  async function handle(given: unknown, lambda: Context): Promise<RefreshDueResponse | RefreshResponse> {
    const door = doorOf(lambda.invokedFunctionArn);
    const admission = admitEvent(given, door);
    if (admission.kind === 'refused') {
      const { connection, outcome, message } = admission.answer;
      dependencies.log.warn('request refused', { connection, outcome, door, reason: message });
      return admission.answer;
    }
    try {
      return await work(admission.event, timeLeft(lambda, timeoutMs, dependencies.clock));
    } finally {
      // A clock that was set forward during the invocation may have left times in the table.
      if (reportSkews(dependencies)) reconciledUntilMs.clear();
    }
  }

  async function work(
    event: RefresherEvent,
    leftMs: () => number,
  ): Promise<RefreshDueResponse | RefreshResponse> {
    const { clock } = dependencies;
    const context: RefreshContext = {
      ...dependencies,
      clients: rememberClients(dependencies.clients),
      settings,
      deadlines: {
        work: sharedDeadline(clock.abortAfter(Math.max(0, leftMs() - REPORT_RESERVE_MS))),
        report: sharedDeadline(clock.abortAfter(Math.max(0, leftMs() - ANSWER_RESERVE_MS))),
      },
    };
    if (event.action === 'refresh') return refreshOnDemand(limitWaits(context), event);
    return await tick(inShard(context, event.shard), event.shard, leftMs);
  }

  async function tick(
    context: RefreshContext,
    shard: number | undefined,
    leftMs: () => number,
  ): Promise<RefreshDueResponse> {
    const { clock } = context;
    const startedMs = clock.elapsed();
    const looksAhead = startedMs >= (reconciledUntilMs.get(shard) ?? Number.NEGATIVE_INFINITY);
    const isReconciled = looksAhead && (shard !== undefined || (await registerDeclared(context)));
    const timeForOneMs = settings.zohoTimeoutMs + REPORT_RESERVE_MS;
    // Two ticks that start refreshes would take the same rows, in the same order.
    const nextTickMs = () => startedMs + TICK_MS - clock.elapsed();
    const timeForStartsMs = () => Math.min(leftMs() - timeForOneMs, nextTickMs());
    const limits = {
      maxInFlight: config.maxInFlight,
      pace: ({ store }: Connection) =>
        (store === 'dynamodb' ? paces.sealed : paceOfSecrets(shard))(timeForStartsMs()),
      paceLooks: () => paces.looks(timeForStartsMs()),
      hasTimeForOneMore: () => timeForStartsMs() > 0,
      looksAhead,
      abandoned,
    };
    const clientUsers = rememberClientUsers(
      inAllLists(dependencies.connections, settings),
      settings.declaredConnections,
    );
    const response = await refreshDue({ ...context, clientUsers }, limits);
    if (isReconciled) reconciledUntilMs.set(shard, startedMs + RECONCILE_AGAIN_MS);
    return response;
  }

  const paceOfSecrets = (shard: number | undefined) => (shard === undefined ? paces.declared : paces.shard);

  return middy<unknown, RefreshDueResponse | RefreshResponse>({
    timeoutEarlyInMillis: MIDDY_TIMEOUT_DISABLED,
  })
    .use(injectLambdaContext(logger))
    .use({
      onError: (request) => {
        request.error = presentable(request.error, logger);
      },
    })
    .handler(handle) as RefresherHandler;
}

/** The context of a tick of a shard: the lists are those of its partitions. */
function inShard(context: RefreshContext, shard: number | undefined): RefreshContext {
  if (shard === undefined) return context;
  const { fleetShards } = context.settings;
  if (fleetShards === undefined || shard >= fleetShards)
    throw new InvalidEventError(
      `This deployment has ${fleetShards ?? 'no'} shards; the event is for shard ${shard}. Deploy the stack again: its schedules and the function do not match.`,
    );
  return {
    ...context,
    connections: context.connections.inPartitions(partitionsOfShard(shard, fleetShards)),
    fleet: context.fleet.inList({ shard, shards: fleetShards }),
    shard,
  };
}

/** The connections that use a client may be anywhere. */
function inAllLists(connections: ConnectionStore, { fleetShards }: RefreshSettings): ConnectionStore {
  return fleetShards === undefined ? connections : connections.inPartitions([undefined, ...ALL_PARTITIONS]);
}

/**
 * The time that is left, by the elapsed time. Lambda's runtime computes it with the machine's clock
 * (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/InvokeContext.js). If that is wrong, the
 * invocation has just begun, as far as it can know.
 */
function timeLeft(lambda: Context, timeoutMs: number, clock: CheckedClock): () => number {
  const givenMs = lambda.getRemainingTimeInMillis();
  const isPossible = givenMs > 0 && givenMs <= timeoutMs;
  const endsMs = clock.elapsed() + (isPossible ? givenMs : timeoutMs);
  return () => endsMs - clock.elapsed();
}

/** Every refresh of a tick listens to it, which is no leak: Node warns from 11 listeners on. */
function sharedDeadline(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}

/** Our own errors are safe to show. Of any other error, only its name is shown and its place logged. */
function presentable(error: unknown, logger: Logger): Error {
  if (error instanceof InfrastructureError || error instanceof InvalidEventError) {
    logger.error('the invocation failed', { code: error.code, reason: error.message });
    return error;
  }
  const bug = describeBug(error);
  logger.error('the invocation failed unexpectedly', { bug });
  return new Error(`Unexpected error (${bug.name}) in the refresher. The log says where.`);
}

/** The settings of a refresh, in milliseconds. */
export function settingsOf(config: RefresherConfig): RefreshSettings {
  return {
    secretPrefix: config.secretPrefix,
    followSecretPrefix: config.followSecretPrefix,
    declaredConnections: config.declaredConnections,
    metricsPerConnection: config.metricsPerConnection,
    refreshMarginMs: config.refreshMarginSeconds * 1000,
    refreshJitterMs: config.refreshJitterSeconds * 1000,
    leaseMs: leaseMsFor(config.functionTimeoutSeconds),
    zohoTimeoutMs: config.zohoTimeoutSeconds * 1000,
    acceptRotatedRefreshTokens: config.acceptRotatedRefreshTokens,
    announcedStates: config.stateChangeEvents,
    parkAfterMs: config.parkAfterDays * DAY_MS,
    fleetShards: config.fleetShards,
    sender: senderOf(config),
  };
}

/** The account and region are those of the topic of pages. */
function senderOf({
  secretPrefix,
  pageTopicArn,
  ticketTopicArn,
  runbookBaseUrl = DEFAULT_RUNBOOK_BASE_URL,
}: RefresherConfig): Sender | undefined {
  if (pageTopicArn === undefined || ticketTopicArn === undefined) return undefined;
  const [, partition = '', region = '', account = ''] = TOPIC_ARN_PATTERN.exec(pageTopicArn) ?? [];
  return { secretPrefix, partition, region, account, runbookBaseUrl };
}
