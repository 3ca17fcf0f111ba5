import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { describeBug } from '../core/describe-bug.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { CallerAnswer, PageAnswer, SweepAnswer } from '../core/invites/consent-answers.ts';
import { type ConsentDoor, consentDoorOf } from '../core/invites/consent-door.ts';
import type { ConsentContext, ConsentPorts, ConsentSettings } from '../core/invites/consent-ports.ts';
import {
  InvalidConsentRequestError,
  type PagesRequest,
  parseCallersRequest,
  parsePagesRequest,
  parseScheduleRequest,
} from '../core/invites/consent-requests.ts';
import { answerCaller } from './answer-caller.ts';
import { HTTP_STATUS, type HttpAnswer, httpAnswer, readHttpRequest } from './http-request.ts';
import { receiveCallback } from './receive-callback.ts';
import { inProgress, RefusedRequest } from './refuse-caller.ts';
import { sweepInvites } from './sweep-invites.ts';
import { beginConsent, viewInvite } from './visit-invite.ts';
import { InviteTakenError } from './write-invite.ts';

/**
 * API Gateway answers 503 after 30 s (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). The function may run for
 * a minute, so the time that Lambda says is left is not needed. It would be wrong if the machine's clock is: the runtime computes it with
 * that (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/InvokeContext.js).
 */
const LONGEST_MS = 25_000;
/** Disables middy's timeout, which uses the machine's clock instead of the injected one. */
const MIDDY_TIMEOUT_DISABLED = 0;

export type ConsentAnswer = CallerAnswer | PageAnswer | SweepAnswer | HttpAnswer;
export type ConsentHandler = (event: unknown, context: Context) => Promise<ConsentAnswer>;

/** The ConsentApi Lambda from its parts. What callers and visitors get wrong is an answer; a function error is our failure. */
export function createConsentHandler({
  ports,
  settings,
  logger,
}: {
  readonly ports: ConsentPorts;
  readonly settings: ConsentSettings;
  readonly logger: Logger;
}): ConsentHandler {
  async function handle(event: unknown, lambda: Context): Promise<ConsentAnswer> {
    const context: ConsentContext = { ...ports, settings, deadline: ports.clock.abortAfter(LONGEST_MS) };
    const door = consentDoorOf(lambda.invokedFunctionArn);
    return door === undefined ? noDoor() : await DOORS[door](context, event);
  }

  return middy<unknown, ConsentAnswer>({ timeoutEarlyInMillis: MIDDY_TIMEOUT_DISABLED })
    .use(injectLambdaContext(logger))
    .use({
      onError: (request) => {
        request.error = presentable(request.error, logger);
      },
    })
    .handler(handle) as ConsentHandler;
}

type Door = (context: ConsentContext, event: unknown) => Promise<ConsentAnswer>;

/** Each door knows its own requests only. An event that looks like another door's is a malformed one. */
const DOORS: Readonly<Record<ConsentDoor, Door>> = {
  pages: async (context, event) => {
    try {
      return await answerPage(context, parsePagesRequest(event));
    } catch (error) {
      if (error instanceof InvalidConsentRequestError) return { kind: 'unknown' };
      if (!isPassing(error)) throw error;
      logPassing(context, error);
      return { kind: 'unavailable' };
    }
  },
  callers: (context, event) =>
    refusalsAsAnswers(context, async () => {
      const request = parseCallersRequest(event);
      const stated = request.action === 'create-invite' ? request.principal : undefined;
      return await answerCaller(context, request, stated);
    }),
  http: async (context, event) => {
    const answer = await refusalsAsAnswers(context, async () => {
      const { request, principal } = readHttpRequest(event);
      return await answerCaller(context, parseCallersRequest(request), principal);
    });
    return httpAnswer('error' in answer ? HTTP_STATUS[answer.error.code] : 200, answer);
  },
  schedule: async (context, event) => {
    parseScheduleRequest(event);
    return await sweepInvites(context);
  },
};

async function answerPage(context: ConsentContext, request: PagesRequest): Promise<PageAnswer> {
  switch (request.action) {
    case 'view':
      return await viewInvite(context, request.token);
    case 'begin':
      return await beginConsent(context, request);
    case 'callback':
      return await receiveCallback(context, request);
  }
}

async function refusalsAsAnswers(
  context: ConsentContext,
  work: () => Promise<CallerAnswer>,
): Promise<CallerAnswer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefusedRequest) return error.toAnswer();
    if (error instanceof InvalidConsentRequestError) {
      const next = 'Fix the request. docs/platforms.md describes it.';
      return new RefusedRequest('invalid_request', error.message, next).toAnswer();
    }
    if (error instanceof InviteTakenError) return inProgress().toAnswer();
    if (!isPassing(error)) throw error;
    logPassing(context, error);
    const { message } = error;
    return new RefusedRequest('unavailable', message, 'Ask again in a minute. Nothing is lost.').toAnswer();
  }
}

function noDoor(): ConsentAnswer {
  return new RefusedRequest(
    'not_allowed',
    'ConsentApi was invoked without one of its aliases.',
    'Invoke the alias that the SSM parameter consent-target names.',
  ).toAnswer();
}

/** AWS failed, or another process was faster: it helps to ask again. */
function isPassing(error: unknown): error is InfrastructureError | InviteTakenError {
  return error instanceof InfrastructureError || error instanceof InviteTakenError;
}

function logPassing({ log, metrics }: ConsentContext, error: InfrastructureError | InviteTakenError): void {
  if (error instanceof InviteTakenError) return;
  metrics.count('ConsentFailed');
  log.error('a consent could not go on', { code: error.code, reason: error.message });
}

/** Our own errors are safe to show. Of any other error, only its name is shown and its place logged. */
function presentable(error: unknown, logger: Logger): Error {
  if (error instanceof InfrastructureError || error instanceof InvalidConsentRequestError) {
    logger.error('the invocation failed', { code: error.code, reason: error.message });
    return error;
  }
  const bug = describeBug(error);
  logger.error('the invocation failed unexpectedly', { bug });
  return new Error(`Unexpected error (${bug.name}) in ConsentApi. The log says where.`);
}
