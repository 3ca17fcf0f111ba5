import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { hasName } from '../adapters/aws-errors.ts';
import { parseJsonObject } from '../core/json.ts';
import { REFRESH_OUTCOMES, type RefreshOutcome } from '../core/refresh/refresh-outcome.ts';
import { type AwsClient, limits } from './aws-client.ts';
import { withDeadline } from './bound.ts';
import { type CompleteClock, REAL_TIME } from './client-clock.ts';
import { explainAwsError } from './explain-aws-error.ts';
import type { Warn } from './warn-once.ts';

/** The result of asking the refresher for a newer token than the rejected one. */
export type RefreshAnswer =
  | {
      readonly kind: 'answered';
      readonly outcome: RefreshOutcome;
      readonly retryAfterSeconds: number | undefined;
    }
  /** This consumer may not invoke the refresher, or the refresher refuses its requests. */
  | { readonly kind: 'refused' }
  /** It could not be reached, failed, or returned something unexpected. */
  | { readonly kind: 'unavailable' };

export type RefreshAsker = (connection: string, rejectedGeneration: number) => Promise<RefreshAnswer>;

/**
 * A refresh takes a second. The refresher may take up to five minutes, but then the caller is better served by Zoho's
 * response: the refresh goes on, and a later call reads its token.
 */
const ANSWER_DEADLINE_MS = 20_000;

/** Outcomes that say that the request itself is wrong: asking again does not help. */
const REFUSALS: readonly unknown[] = ['invalid-request', 'unknown-connection', 'not-allowed'];

/**
 * Invokes the refresher Lambda. Never throws: the caller still has Zoho's response. A failure is a warning. Lambda's SDK
 * is loaded on first use, because most processes never need it.
 */
export function createRefreshAsker(
  client: AwsClient | undefined,
  functionName: string,
  warn: Warn,
  clock: Pick<CompleteClock, 'sleep'> = REAL_TIME,
): RefreshAsker {
  const warnAbout = (reason: string, problem: string) =>
    warn({
      code: 'refresher_unavailable',
      reason,
      message: `${problem} Meanwhile a token that Zoho rejects is replaced only when its next refresh is due.`,
    });

  let lambda = client;
  async function invoke(payload: string, abortSignal: AbortSignal): Promise<InvokeCommandOutput> {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    lambda ??= new LambdaClient(limits(ANSWER_DEADLINE_MS));
    const command = new InvokeCommand({ FunctionName: functionName, Payload: payload });
    return (await lambda.send(command, { abortSignal })) as InvokeCommandOutput;
  }

  async function ask(event: object, abortSignal: AbortSignal): Promise<RefreshAnswer> {
    const { Payload, FunctionError } = await invoke(JSON.stringify(event), abortSignal);
    const json = FunctionError === undefined ? parseJsonObject(new TextDecoder().decode(Payload)) : undefined;
    const { outcome, message, retry_after_seconds: seconds }: Record<string, unknown> = json ?? {};
    if (REFUSALS.includes(outcome)) {
      warnAbout(
        String(outcome),
        `The refresher ${functionName} refuses this request: ${String(message).slice(0, 500)}`,
      );
      return { kind: 'refused' };
    }
    const known = REFRESH_OUTCOMES.find((name) => name === outcome);
    if (known !== undefined) {
      const retryAfterSeconds = typeof seconds === 'number' ? seconds : undefined;
      return { kind: 'answered', outcome: known, retryAfterSeconds };
    }
    warnAbout('function-error', `The refresher ${functionName} failed. See its log.`);
    return UNAVAILABLE;
  }

  return async (connection, rejectedGeneration) => {
    const event = { action: 'refresh', connection, rejectedGeneration, reason: 'unauthorized' };
    try {
      return await withDeadline(
        clock,
        ANSWER_DEADLINE_MS,
        (signal) => ask(event, signal),
        () => {
          const seconds = ANSWER_DEADLINE_MS / 1000;
          warnAbout('deadline', `The refresher ${functionName} did not answer within ${seconds} s.`);
          return UNAVAILABLE;
        },
      );
    } catch (error) {
      const call = { action: 'lambda:InvokeFunction', resource: functionName };
      const { kind, message } = explainAwsError(error, call);
      warnAbout(kind, message);
      return hasName(error, 'AccessDeniedException') ? { kind: 'refused' } : UNAVAILABLE;
    }
  };
}

const UNAVAILABLE: RefreshAnswer = { kind: 'unavailable' };
