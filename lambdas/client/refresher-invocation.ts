import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { hasName } from '../adapters/aws-error-kinds.ts';
import { parseJsonObject } from '../core/json.ts';
import { type AwsClient, limits } from './aws-client.ts';
import { withDeadline } from './bound.ts';
import { type CompleteClock, REAL_TIME } from './client-clock.ts';
import { explainAwsError } from './explain-aws-error.ts';
import type { Warn } from './warn-once.ts';

/** The result of asking the refresher for a newer token than the rejected one. */
export interface RefreshAnswer {
  /**
   * An outcome of the refresher, or `refused`: this consumer may not invoke it, or it refuses the request; or `unavailable`: it
   * could not be reached, failed, or returned something unexpected.
   */
  readonly outcome: string;
  /** Of the published token. */
  readonly generation?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** Asks about the token of a generation: Zoho rejected it, or it has expired by the client's time. */
export type RefreshAsker = (
  connection: string,
  generation: number,
  reason: 'unauthorized' | 'expired',
) => Promise<RefreshAnswer>;

/**
 * A refresh takes a second. The refresher may take up to 75 seconds, but then the caller is better served by Zoho's
 * response: the refresh goes on, and a later call reads its token.
 */
const ANSWER_DEADLINE_MS = 20_000;

/** Outcomes that say that the request itself is wrong: asking again does not help. */
const REFUSALS: readonly string[] = ['invalid-request', 'unknown-connection', 'not-allowed'];

/**
 * Invokes the refresher Lambda. Never throws: the caller still has Zoho's response. A failure is a warning. Lambda's SDK
 * is loaded on first use, because most processes never need it.
 */
export const createRefreshAsker = (
  client: AwsClient | undefined,
  functionName: string,
  warn: Warn,
  clock: Pick<CompleteClock, 'sleep'> = REAL_TIME,
): RefreshAsker => {
  const refresher = `The refresher ${functionName}`;
  let lambda = client;

  const warnAbout = (problem: string, outcome = 'unavailable', reason = problem): RefreshAnswer => {
    const message = `${problem} Until then, rejected tokens are replaced only when due.`;
    warn({ code: 'refresher_unavailable', message, reason });
    return { outcome };
  };

  const ask = async (
    event: { readonly reason: string },
    abortSignal: AbortSignal,
  ): Promise<RefreshAnswer> => {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    lambda ??= new LambdaClient(limits(ANSWER_DEADLINE_MS));
    const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) });
    const output = (await lambda.send(command, { abortSignal })) as InvokeCommandOutput;
    const answer = !output.FunctionError && parseJsonObject(new TextDecoder().decode(output.Payload));
    const { outcome, message, generation, retry_after_seconds: seconds } = answer || {};
    // A refresher of 0.2 fails with a reason that it does not know. Its own clients give this one.
    if (event.reason === 'expired' && (typeof outcome !== 'string' || outcome === 'invalid-request'))
      return ask({ ...event, reason: 'unauthorized' }, abortSignal);
    if (typeof outcome !== 'string') return warnAbout(`${refresher} failed. See its log.`);
    if (!REFUSALS.includes(outcome)) {
      return { outcome, generation: numberOf(generation), retryAfterSeconds: numberOf(seconds) };
    }
    const why = String(message).slice(0, 500);
    return warnAbout(`${refresher} refuses this request: ${why}`, 'refused', outcome);
  };

  return async (connection, rejectedGeneration, reason) => {
    const event = { action: 'refresh', connection, rejectedGeneration, reason };
    try {
      return await withDeadline(
        clock,
        ANSWER_DEADLINE_MS,
        (signal) => ask(event, signal),
        () => warnAbout(`${refresher} did not answer within ${ANSWER_DEADLINE_MS / 1000} s.`),
      );
    } catch (error) {
      const problem = explainAwsError(error, 'lambda:InvokeFunction', functionName);
      return warnAbout(problem, hasName(error, 'AccessDeniedException') ? 'refused' : undefined);
    }
  };
};

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
