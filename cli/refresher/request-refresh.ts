import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { REFRESH_OUTCOMES, type RefreshOutcome } from '../../lambdas/core/refresh/refresh-outcome.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';
import { CliError } from '../cli-error.ts';

/** The refresher's answer to a refresh request. */
export interface RefresherAnswer {
  readonly outcome: RefreshOutcome;
  readonly generation: number;
  readonly expiresAtMs: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Why there is no new token, in the refresher's words. Version 0.2 says nothing. */
  readonly message: string | undefined;
}

/**
 * Asks the refresher for a new token of a connection. Throws `InfrastructureError` when Lambda does not run the function, and
 * {@link CliError} when the function fails or returns an answer that cannot be read.
 */
export async function requestRefresh(
  client: LambdaClient,
  target: string,
  connection: string,
): Promise<RefresherAnswer> {
  const event = { action: 'refresh', connection, reason: 'operator' };
  const call = { action: 'lambda:InvokeFunction', resource: target };
  const command = new InvokeCommand({ FunctionName: target, Payload: JSON.stringify(event) });
  const { Payload, FunctionError } = await callAws(call, () => client.send(command));
  const answer = parseJsonObject(Buffer.from(Payload ?? []).toString('utf8'));
  const outcome = REFRESH_OUTCOMES.find((known) => known === answer?.outcome);
  if (FunctionError !== undefined || outcome === undefined) {
    const { errorType } = answer ?? {};
    const type = typeof errorType === 'string' && /^\w{1,60}$/.test(errorType) ? ` (${errorType})` : '';
    throw new CliError(
      `The refresher function ${target} failed${type} while refreshing ${connection}.`,
      `Read its log: aws logs tail --since 10m, with the log group of ${target}.`,
    );
  }
  const expiresAtMs = Date.parse(String(answer?.expires_at));
  const seconds = answer?.retry_after_seconds;
  const message = answer?.message;
  return {
    outcome,
    generation: Number(answer?.generation ?? 0),
    expiresAtMs: Number.isNaN(expiresAtMs) ? undefined : expiresAtMs,
    retryAfterSeconds: typeof seconds === 'number' ? seconds : undefined,
    message: typeof message === 'string' && message !== '' ? toSingleLine(message) : undefined,
  };
}
