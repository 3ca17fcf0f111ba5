import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { translateAwsError } from '../../lambdas/adapters/aws-errors.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { REFRESH_OUTCOMES, type RefreshOutcome } from '../../lambdas/core/refresh/refresh-outcome.ts';
import { CliError } from '../cli-error.ts';

/** The refresher's answer to an operator. */
export interface RefresherAnswer {
  readonly outcome: RefreshOutcome;
  readonly generation: number;
  readonly expiresAtMs: number | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/**
 * Asks the refresher for a new token of a connection. Throws `InfrastructureError` when Lambda does not run it, and
 * {@link CliError} when it fails or answers something else.
 */
export async function askRefresher(
  client: LambdaClient,
  functionName: string,
  connection: string,
): Promise<RefresherAnswer> {
  const event = { action: 'refresh', connection, reason: 'operator' };
  const { Payload, FunctionError } = await invoke(client, functionName, event);
  const answer = parseJsonObject(Buffer.from(Payload ?? []).toString('utf8'));
  const outcome = REFRESH_OUTCOMES.find((known) => known === answer?.outcome);
  if (FunctionError !== undefined || outcome === undefined) {
    const type = /^\w{1,60}$/.test(String(answer?.errorType)) ? ` (${String(answer?.errorType)})` : '';
    throw new CliError(
      `The refresher failed${type}.`,
      `Its log says why: aws logs tail --since 10m, of the function ${functionName}.`,
    );
  }
  const expiresAtMs = Date.parse(String(answer?.expires_at));
  const seconds = answer?.retry_after_seconds;
  return {
    outcome,
    generation: Number(answer?.generation ?? 0),
    expiresAtMs: Number.isNaN(expiresAtMs) ? undefined : expiresAtMs,
    retryAfterSeconds: typeof seconds === 'number' ? seconds : undefined,
  };
}

async function invoke(client: LambdaClient, functionName: string, event: object) {
  try {
    return await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
    );
  } catch (error) {
    throw translateAwsError(error, { action: 'lambda:InvokeFunction', resource: functionName });
  }
}
