import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { InfrastructureError } from '../core/failures.ts';
import { leaseMsFor } from '../core/lease.ts';
import {
  InvalidEventError,
  parseRefresherEvent,
  type RefreshDueResponse,
  type RefresherEvent,
  type RefreshResponse,
} from '../core/refresher-events.ts';
import type { RefresherConfig } from './config.ts';
import type { RefreshContext, RefreshDependencies, RefreshSettings } from './refresh-context.ts';
import { refreshDue } from './refresh-due.ts';
import { refreshOnDemand } from './refresh-on-demand.ts';
import { registerDeclared } from './register-declared.ts';

/** Kept back at the end of an invocation for writing down what happened. */
const REPORT_RESERVE_MS = 5_000;
/** Kept back for the answer itself. */
const ANSWER_RESERVE_MS = 1_000;

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
  let declaredAreRegistered = false;

  async function handle(
    event: RefresherEvent,
    lambda: Context,
  ): Promise<RefreshDueResponse | RefreshResponse> {
    const remainingMs = lambda.getRemainingTimeInMillis();
    const context: RefreshContext = {
      ...dependencies,
      settings,
      deadlines: {
        work: AbortSignal.timeout(Math.max(0, remainingMs - REPORT_RESERVE_MS)),
        report: AbortSignal.timeout(Math.max(0, remainingMs - ANSWER_RESERVE_MS)),
      },
    };
    if (event.action === 'refresh') return refreshOnDemand(context, event);
    if (!declaredAreRegistered) {
      await registerDeclared(context);
      declaredAreRegistered = true;
    }
    const timeForOneMs = settings.zohoTimeoutMs + REPORT_RESERVE_MS;
    const hasTimeForOneMore = () => lambda.getRemainingTimeInMillis() > timeForOneMs;
    return refreshDue(context, { maxInFlight: config.maxInFlight, pace, hasTimeForOneMore });
  }

  return middy<unknown, RefreshDueResponse | RefreshResponse>()
    .use(injectLambdaContext(logger))
    .use({
      onError: ({ error }) => {
        const code =
          error instanceof InfrastructureError || error instanceof InvalidEventError ? error.code : undefined;
        logger.error('the invocation failed', { code, reason: error?.message });
      },
    })
    .handler((event, lambda) => handle(parseRefresherEvent(event), lambda)) as RefresherHandler;
}

function settingsOf(config: RefresherConfig): RefreshSettings {
  return {
    secretPrefix: config.secretPrefix,
    declaredConnections: config.declaredConnections,
    refreshMarginMs: config.refreshMarginSeconds * 1000,
    refreshJitterMs: config.refreshJitterSeconds * 1000,
    leaseMs: leaseMsFor(config.functionTimeoutSeconds),
    zohoTimeoutMs: config.zohoTimeoutSeconds * 1000,
  };
}
