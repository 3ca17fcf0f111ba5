import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { leaseMsFor } from '../core/connection/lease.ts';
import { describeBug } from '../core/describe-bug.ts';
import { InfrastructureError } from '../core/failures.ts';
import {
  InvalidEventError,
  parseRefresherEvent,
  type RefreshDueResponse,
  type RefresherEvent,
  type RefreshResponse,
} from '../core/refresh/refresher-events.ts';
import { POLL_INTERVAL_MS } from '../core/refresh/schedule.ts';
import type { RefresherConfig } from './config.ts';
import type { RefreshContext, RefreshDependencies, RefreshSettings } from './refresh-context.ts';
import { refreshDue } from './refresh-due.ts';
import { refreshOnDemand, UnknownConnectionError } from './refresh-on-demand.ts';
import { registerDeclared } from './register-declared.ts';

/** Kept back at the end of an invocation for writing down what happened. */
const REPORT_RESERVE_MS = 5_000;
/** Kept back for the answer itself. */
const ANSWER_RESERVE_MS = 1_000;

/**
 * So often a running environment compares the table with the configuration: somebody may have restored a backup, and an
 * environment of the deployment before may have retired what is declared again. More often than a token's margin is long.
 */
const REGISTER_AGAIN_MS = POLL_INTERVAL_MS;

/** The deadlines above go by the injected clock; middy's own would go by the machine's. */
const NO_TIMER_OF_ITS_OWN = 0;

export interface HandlerParts {
  readonly dependencies: RefreshDependencies;
  readonly config: RefresherConfig;
  readonly logger: Logger;
  /** Resolves when one more refresh may begin. */
  readonly pace: () => Promise<void>;
}

export type RefresherHandler = (
  event: unknown,
  context: Context,
) => Promise<RefreshDueResponse | RefreshResponse>;

/** The refresher Lambda from its parts: parses the event, bounds the time, answers. */
export function createHandler({ dependencies, config, logger, pace }: HandlerParts): RefresherHandler {
  const settings = settingsOf(config);
  let registeredUntilMs = Number.NEGATIVE_INFINITY;

  async function handle(
    event: RefresherEvent,
    lambda: Context,
  ): Promise<RefreshDueResponse | RefreshResponse> {
    const remainingMs = lambda.getRemainingTimeInMillis();
    const context: RefreshContext = {
      ...dependencies,
      settings,
      deadlines: {
        work: dependencies.clock.abortAfter(Math.max(0, remainingMs - REPORT_RESERVE_MS)),
        report: dependencies.clock.abortAfter(Math.max(0, remainingMs - ANSWER_RESERVE_MS)),
      },
    };
    if (event.action === 'refresh') return refreshOnDemand(context, event);
    const nowMs = dependencies.clock.now();
    if (nowMs >= registeredUntilMs && (await registerDeclared(context))) {
      registeredUntilMs = nowMs + REGISTER_AGAIN_MS;
    }
    const timeForOneMs = settings.zohoTimeoutMs + REPORT_RESERVE_MS;
    const hasTimeForOneMore = () => lambda.getRemainingTimeInMillis() > timeForOneMs;
    return refreshDue(context, { maxInFlight: config.maxInFlight, pace, hasTimeForOneMore });
  }

  return middy<unknown, RefreshDueResponse | RefreshResponse>({ timeoutEarlyInMillis: NO_TIMER_OF_ITS_OWN })
    .use(injectLambdaContext(logger))
    .use({
      onError: (request) => {
        request.error = presentable(request.error, logger);
      },
    })
    .handler((event, lambda) => handle(parseRefresherEvent(event), lambda)) as RefresherHandler;
}

/** Errors of our own say what is wrong and are safe to show. Of any other, only its place is logged, and nothing shown. */
function presentable(error: unknown, logger: Logger): Error {
  const isOurs =
    error instanceof InfrastructureError ||
    error instanceof InvalidEventError ||
    error instanceof UnknownConnectionError;
  if (isOurs) {
    logger.error('the invocation failed', { code: error.code, reason: error.message });
    return error;
  }
  const bug = describeBug(error);
  logger.error('the invocation failed unexpectedly', { bug });
  return new Error(`Unexpected error (${bug.name}) in the refresher: its place is in the log.`);
}

/** The settings of a refresh, in the units that it works with. */
export function settingsOf(config: RefresherConfig): RefreshSettings {
  return {
    secretPrefix: config.secretPrefix,
    declaredConnections: config.declaredConnections,
    refreshMarginMs: config.refreshMarginSeconds * 1000,
    refreshJitterMs: config.refreshJitterSeconds * 1000,
    leaseMs: leaseMsFor(config.functionTimeoutSeconds),
    zohoTimeoutMs: config.zohoTimeoutSeconds * 1000,
    announcedStates: config.stateChangeEvents,
  };
}
